import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { recordDetail, type RecordRow, records, registerPath } from '../../registry/api';
import '../../registry/registry.css';
import { texts as words } from '../../registry/texts';
import { wordIn } from '../../registry/word';
import { membersOf } from '../../registry/api';
import { useAddressState, useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { FilterButtons } from '../../ui/FilterButtons';
import { useShortcuts } from '../../ui/shortcuts';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { ShapeEditor } from './ShapeEditor';
import { texts } from './texts';

export const DRAWN = ['zones', 'routes', 'sites'] as const;
export type Drawn = (typeof DRAWN)[number];

/** What is the zone, and when does it hold? */
export default function EditorScreen() {
  const t = useTexts(texts);
  const { id, state } = usePlace();
  const go = useGo();
  const register: Drawn = DRAWN.find((known) => known === state['register']) ?? 'zones';
  const creating = state['new'] === '1';
  const [version, setVersion] = useState(0);
  const create = () => go({ id: null, state: { new: '1' } });
  const leave = () => go({ id: null, state: { new: null } });
  useShortcuts({ n: id === null && !creating ? create : undefined });
  const saved = (key: string) => {
    setVersion((n) => n + 1);
    go({ id: key, state: { new: null } });
  };
  return (
    <section className="panel">
      <FilterButtons
        label={t('which')}
        choices={DRAWN.map((key) => ({ key, label: t(key), count: null }))}
        chosen={register}
        choose={(key) => go({ id: null, state: { register: key, new: null, search: null } })}
      />
      {id === null && !creating && (
        <>
          <p className="acts">
            <button type="button" onClick={create}>
              {t('create')}
            </button>
            <Goto className="button" to={{ screen: 'import', state: { register } }}>
              {t('import')}
            </Goto>
          </p>
          <ShapeList register={register} />
        </>
      )}
      {creating && <ShapeEditor key={`new ${register}`} register={register} detail={null} onSaved={saved} leave={leave} />}
      {id !== null && !creating && <Known key={`${register} ${id} ${version}`} register={register} id={id} onSaved={saved} leave={leave} />}
    </section>
  );
}

function Known({ register, id, onSaved, leave }: { register: Drawn; id: string; onSaved: (id: string) => void; leave: () => void }) {
  const [data, retry] = useFetched(registerPath(register, id), recordDetail);
  return (
    <Loaded data={data} retry={retry}>
      {(detail) => <ShapeEditor register={register} detail={detail} onSaved={onSaved} leave={leave} />}
    </Loaded>
  );
}

function ShapeList({ register }: { register: Drawn }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  const [search, setSearch] = useAddressState('search');
  const [data, retry] = useFetched(`${registerPath(register)}?limit=200&search=${encodeURIComponent(search ?? '')}`, records);
  const columns: Column<RecordRow>[] = [
    { id: 'name', head: w('name'), names_row: true, cell: ({ id, name }) => <Goto to={{ id }}>{name}</Goto>, sort: ({ name }) => name },
    { id: 'id', head: w('id'), cell: ({ id }) => id, sort: ({ id }) => id },
    {
      id: 'kind',
      head: register === 'routes' ? w('half_width_m') : w('kind'),
      cell: ({ record }) => {
        const members = membersOf(record);
        return register === 'routes' ? String(members['half_width_m']) : wordIn(words, w, String(members['kind']));
      },
    },
  ];
  return (
    <>
      <Field label={t('search')}>{(props) => <input {...props} type="search" value={search ?? ''} onChange={(event) => setSearch(event.target.value)} />}</Field>
      <Loaded data={data} retry={retry}>
        {({ records: rows, total }) =>
          total === 0 ? (
            <Empty says={t('none', { register: t(register) })} />
          ) : (
            <>
              <DataTable caption={t('list', { register: t(register) })} columns={columns} rows={rows} rowKey={({ id }) => id} />
              {total > rows.length && <p className="quiet">{t('more')}</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}
