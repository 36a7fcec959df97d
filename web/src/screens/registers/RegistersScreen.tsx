import { useState } from 'react';
import { minute } from '../../format/time';
import { useTexts } from '../../i18n/define';
import { type RecordRow, records, REGISTERS, type RegisterName, registerPath } from '../../registry/api';
import '../../registry/registry.css';
import { texts as words } from '../../registry/texts';
import { membersOf } from '../../registry/api';
import { useAddressState, useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { FilterButtons } from '../../ui/FilterButtons';
import { Pager } from '../../ui/Pager';
import { Plate } from '../../ui/Plate';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { RecordEdit } from './RecordEdit';
import { RecordPanel } from './RecordPanel';
import { texts } from './texts';
import { wordIn } from '../../registry/word';

/** Permits have a screen of their own. */
const SHOWN = REGISTERS.filter((register) => register !== 'permits');
const PAGE_ROWS = 50;

/** What do we know of this company, truck or site? */
export default function RegistersScreen() {
  const t = useTexts(texts);
  const w = useTexts(words);
  const { id, state } = usePlace();
  const go = useGo();
  const register: RegisterName = SHOWN.find((known) => known === state['register']) ?? 'trucks';
  const [search, setSearch] = useAddressState('search');
  const [version, setVersion] = useState(0);
  const { role } = useOfficer();
  const may_edit = role === 'registrar' || role === 'admin';
  const creating = state['new'] === '1' && may_edit && !['zones', 'routes', 'sites'].includes(register);
  const open = id !== null || creating;
  const create = () => (['zones', 'routes', 'sites'].includes(register) ? go({ screen: 'editor', state: { register } }) : go({ id: null, state: { new: '1' } }));
  useShortcuts({
    n: may_edit ? create : undefined,
    escape: open ? () => go({ id: null, state: { new: null } }) : undefined,
    '/': () => document.querySelector<HTMLInputElement>('[data-search]')?.focus(),
  });
  return (
    <section className="panel">
      <FilterButtons
        label={t('which')}
        choices={SHOWN.map((key) => ({ key, label: w(key), count: null }))}
        chosen={register}
        choose={(key) => go({ id: null, state: { register: key, search: null, new: null } })}
      />
      <div className="toolbar">
        <Field label={t('search')} hint={t('search_hint')}>
          {(props) => <input {...props} data-search type="search" value={search ?? ''} onChange={(event) => setSearch(event.target.value)} />}
        </Field>
        {may_edit && (
          <>
            <button type="button" onClick={create}>
              {t('create')}
            </button>
            <Goto className="button" to={{ screen: 'import', state: { register } }}>
              {t('import')}
            </Goto>
          </>
        )}
      </div>
      <div className={open ? 'record-split open' : 'record-split'}>
        <RecordList key={`${register} ${search ?? ''}`} register={register} search={search ?? ''} version={version} chosen={id} />
        {creating && (
          <RecordEdit
            register={register}
            detail={null}
            onSaved={(stored) => {
              setVersion((n) => n + 1);
              go({ id: stored.id, state: { new: null } });
            }}
            cancel={() => go({ state: { new: null } })}
          />
        )}
        {id !== null && !creating && <RecordPanel register={register} id={id} may_edit={may_edit} onChanged={() => setVersion((n) => n + 1)} />}
      </div>
    </section>
  );
}

function RecordList({ register, search, version, chosen }: { register: RegisterName; search: string; version: number; chosen: string | null }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  /** Cursors of the pages up to this one. */
  const [pages, setPages] = useState<string[]>([]);
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  if (search !== '') query.set('search', search);
  const cursor = pages.at(-1);
  if (cursor !== undefined) query.set('cursor', cursor);
  const [data, retry] = useFetched(`${registerPath(register)}?${query.toString()}`, records, version);
  const columns: Column<RecordRow>[] = [
    {
      id: 'id',
      head: register === 'trucks' ? w('plate') : w('name'),
      names_row: true,
      cell: (row) => <Goto to={{ id: row.id, state: { new: null } }}>{register === 'trucks' ? <Plate plate={row.id} /> : row.name}</Goto>,
      sort: (row) => row.name,
    },
    {
      id: 'kind',
      head: register === 'carriers' ? w('status') : register === 'limits' ? w('value') : w('kind'),
      cell: (row) => {
        const members = membersOf(row.record);
        const value = register === 'carriers' ? members['status'] : register === 'limits' ? members['value'] : register === 'routes' ? `±${String(members['half_width_m'])} m` : members['kind'];
        return value === undefined || value === null ? '' : wordIn(words, w, String(value));
      },
    },
    { id: 'carrier', head: w('carrier_uscc'), cell: (row) => row.carrier_name ?? '', sort: (row) => row.carrier_name ?? '' },
    {
      id: 'state',
      head: t('state'),
      cell: (row) => (
        <>
          {w(row.state)}
          {row.changes !== null && <span className="quiet"> {t('changes', { at: minute(Date.parse(row.changes)) })}</span>}
        </>
      ),
    },
  ];
  const shown = ['carriers', 'zones', 'routes', 'limits'].includes(register) ? columns.filter(({ id }) => id !== 'carrier') : columns;
  return (
    <div>
      <Loaded data={data} retry={retry}>
        {(value) =>
          value.total === 0 ? (
            <Empty says={t('none')}>
              <Goto to={{ screen: 'start' }}>{t('import')}</Goto>
            </Empty>
          ) : (
            <>
              <DataTable caption={t('list', { register: w(register) })} columns={shown} rows={value.records} rowKey={({ id }) => id} chosen={chosen} />
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
