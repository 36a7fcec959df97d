import { useState } from 'react';
import { useLanguage, useTexts } from '../../i18n/define';
import { type PermitRow, permits } from '../../registry/api';
import '../../registry/registry.css';
import { useAddressState, useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Pager } from '../../ui/Pager';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { PermitEdit } from './PermitEdit';
import { PermitPanel } from './PermitPanel';
import { StateSign } from './StateSign';
import { texts } from './texts';

const STATES = ['in_force', 'ends_soon', 'upcoming', 'expired', 'suspended', 'revoked'] as const;
const PAGE_ROWS = 50;

/** Is this haul allowed? */
export default function PermitsScreen() {
  const t = useTexts(texts);
  const { id, state } = usePlace();
  const go = useGo();
  const [search, setSearch] = useAddressState('search');
  const [wanted, setWanted] = useAddressState('state');
  const [version, setVersion] = useState(0);
  const { role } = useOfficer();
  const may_edit = role === 'registrar' || role === 'admin';
  const creating = state['new'] === '1' && may_edit;
  const create = () => go({ id: null, state: { new: '1', act: null } });
  const changed = () => setVersion((n) => n + 1);
  useShortcuts({
    n: may_edit ? create : undefined,
    escape: id !== null || creating ? () => go({ id: null, state: { new: null, act: null } }) : undefined,
    '/': () => document.querySelector<HTMLInputElement>('[data-search]')?.focus(),
  });
  return (
    <section className="panel">
      <div className="toolbar">
        <Field label={t('search')} hint={t('search_hint')}>
          {(props) => <input {...props} data-search type="search" value={search ?? ''} onChange={(event) => setSearch(event.target.value)} />}
        </Field>
        <Field label={t('state')}>
          {(props) => (
            <select {...props} value={wanted ?? ''} onChange={(event) => setWanted(event.target.value)}>
              <option value="">{t('all')}</option>
              {STATES.map((key) => (
                <option key={key} value={key}>
                  {t(key)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {may_edit && (
          <button type="button" onClick={create}>
            {t('create')}
          </button>
        )}
      </div>
      <div className={id !== null || creating ? 'record-split open' : 'record-split'}>
        <List key={`${search ?? ''} ${wanted ?? ''}`} search={search ?? ''} wanted={wanted ?? ''} version={version} chosen={id} />
        {creating && (
          <PermitEdit
            detail={null}
            onSaved={(stored) => {
              changed();
              go({ id: stored.id, state: { new: null } });
            }}
            cancel={() => go({ state: { new: null } })}
          />
        )}
        {id !== null && !creating && <PermitPanel key={id} number={id} may_edit={may_edit} onChanged={changed} />}
      </div>
    </section>
  );
}

function List({ search, wanted, version, chosen }: { search: string; wanted: string; version: number; chosen: string | null }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [pages, setPages] = useState<string[]>([]);
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  if (search !== '') query.set('search', search);
  if (wanted !== '') query.set('state', wanted);
  const cursor = pages.at(-1);
  if (cursor !== undefined) query.set('cursor', cursor);
  const [data, retry] = useFetched(`/api/v1/permits?${query.toString()}`, permits, version);
  const columns: Column<PermitRow>[] = [
    {
      id: 'number',
      head: t('number'),
      names_row: true,
      cell: ({ number }) => <Goto to={{ id: number, state: { new: null, act: null } }}>{number}</Goto>,
      sort: ({ number }) => number,
    },
    { id: 'carrier', head: t('carrier'), cell: ({ carrier_name }) => carrier_name, sort: ({ carrier_name }) => carrier_name },
    { id: 'state', head: t('state'), cell: (row) => <StateSign state={row.state} says={language === 'zh' ? row.state_zh : row.state_en} />, sort: ({ days_left }) => days_left ?? -1 },
    { id: 'validity', head: t('validity'), cell: ({ valid_from, valid_to }) => t('to', { from: valid_from, to: valid_to }), sort: ({ valid_to }) => valid_to },
    { id: 'trucks', head: t('trucks'), number: true, cell: ({ trucks }) => trucks.length, sort: ({ trucks }) => trucks.length },
    { id: 'volume', head: t('volume'), number: true, cell: ({ volume_m3 }) => volume_m3, sort: ({ volume_m3 }) => volume_m3 },
  ];
  return (
    <div>
      <Loaded data={data} retry={retry}>
        {(value) =>
          value.total === 0 ? (
            <Empty says={t('none')}>
              <p>{t('none_do')}</p>
            </Empty>
          ) : (
            <>
              <DataTable caption={t('list')} columns={columns} rows={value.permits} rowKey={({ number }) => number} chosen={chosen} />
              <Pager
                page={pages.length + 1}
                pages={Math.max(1, Math.ceil(value.total / PAGE_ROWS))}
                total={value.total}
                previous={pages.length === 0 ? null : () => setPages(pages.slice(0, -1))}
                next={value.next === null ? null : () => setPages([...pages, value.next ?? ''])}
              />
            </>
          )
        }
      </Loaded>
    </div>
  );
}
