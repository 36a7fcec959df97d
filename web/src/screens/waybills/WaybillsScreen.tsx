/** Electronic waybills: each haul's ticket, the day's reconciliation, room in sinks, balance of areas. */
import { useState } from 'react';
import { post } from '../../api/client';
import { date } from '../../format/time';
import { useTexts } from '../../i18n/define';
import { Choice, Fact, Facts, ReasonForm, Sign, Trail } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Pager } from '../../ui/Pager';
import { Plate } from '../../ui/Plate';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { type Area, areas, EXCEPTIONS, reconciliation, type Sink, sinks, type Tally, ticket, type Ticket, TICKET_STATES, tickets } from './api';
import { texts } from './texts';

const VIEWS = ['list', 'day', 'sinks', 'areas'] as const;
const PAGE = 50;
const m3 = (volume: number | null) => (volume === null ? '—' : volume.toFixed(1));

export default function WaybillsScreen() {
  const t = useTexts(texts);
  const { id, state } = usePlace();
  const go = useGo();
  const view = VIEWS.find((name) => name === state['view']) ?? 'list';
  const day = state['day'] ?? date(Date.now());
  if (id !== null) {
    return (
      <div className="office">
        <OneTicket key={id} number={id} />
      </div>
    );
  }
  return (
    <div className="office">
      <nav className="tabs-line" aria-label={t('list')}>
        {VIEWS.map((name) => (
          <Goto key={name} to={{ state: { view: name === 'list' ? null : name, page: null } }} current={name === view}>
            {t(name)}
          </Goto>
        ))}
      </nav>
      {(view === 'list' || view === 'day') && (
        <div className="toolbar">
          <Field label={t('date')}>
            {(props) => <input {...props} type="date" value={day} max={date(Date.now())} onChange={(event) => event.target.value !== '' && go({ state: { day: event.target.value, page: null } }, 'replace')} />}
          </Field>
          {view === 'list' && <Filters />}
        </div>
      )}
      {view === 'list' ? <List day={day} /> : view === 'day' ? <Day day={day} /> : view === 'sinks' ? <Sinks /> : <Areas />}
    </div>
  );
}

function Filters() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const set = (name: string) => (value: string | null) => go({ state: { [name]: value, page: null } }, 'replace');
  return (
    <>
      <Choice label={s('state')} value={state['state'] ?? ''} options={[['', s('all')], ...TICKET_STATES.map((word) => [word, t(`state.${word}`)] as const)]} onChange={set('state')} />
      <Choice label={t('exception')} value={state['exception'] ?? ''} options={[['', s('all')], ...EXCEPTIONS.map((word) => [word, t(`exception.${word}`)] as const)]} onChange={set('exception')} />
    </>
  );
}

function TicketSign({ row }: { row: Ticket }) {
  const t = useTexts(texts);
  const good = row.state === 'closed' || row.state === 'accepted';
  return (
    <>
      <Sign kind={row.state === 'rejected' ? 'bad' : good ? 'good' : row.state === 'void' ? 'quiet' : 'info'}>{t.word('state', row.state)}</Sign>{' '}
      {row.exceptions.map((word) => (
        <Sign key={word} kind="warn">
          {t.word('exception', word)}
        </Sign>
      ))}
    </>
  );
}

function Pairing({ row }: { row: Ticket }) {
  const t = useTexts(texts);
  const ends = [
    [t('pair_out'), row.source_gate],
    [t('pair_in'), row.sink_gate],
    [t('weighed'), row.weighed_m3 !== null],
  ] as const;
  return (
    <>
      {ends.map(([name, there]) => (
        <Sign key={name} kind={there ? 'good' : 'quiet'}>
          {name}
        </Sign>
      ))}
    </>
  );
}

function List({ day }: { day: string }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const query = new URLSearchParams({ day });
  for (const name of ['state', 'exception', 'plate', 'site', 'permit']) if (state[name] !== undefined) query.set(name, state[name]);
  const [data, retry] = useFetched(`/api/v1/waybills?${query}`, tickets);
  const page = Math.max(1, Number(state['page'] ?? '1') || 1);
  const turn = (to: number) => () => go({ state: { page: to === 1 ? null : String(to) } });
  return (
    <Loaded data={data} retry={retry}>
      {({ tickets: found, total }) => {
        if (found.length === 0) return <Empty says={t('empty')} />;
        const pages = Math.ceil(found.length / PAGE);
        const shown = Math.min(page, pages);
        return (
          <>
            <DataTable<Ticket>
              caption={t('list')}
              hide_caption
              rows={found.slice((shown - 1) * PAGE, shown * PAGE)}
              rowKey={({ number }) => number}
              columns={[
                {
                  id: 'number',
                  head: t('number'),
                  names_row: true,
                  cell: ({ number }) => (
                    <Goto to={{ id: number }}>
                      <span className="code">{number.slice(0, 12)}</span>
                    </Goto>
                  ),
                },
                { id: 'plate', head: s('truck'), cell: ({ plate }) => <Plate plate={plate} />, sort: ({ plate }) => plate },
                { id: 'state', head: s('state'), cell: (row) => <TicketSign row={row} /> },
                { id: 'route', head: t('route'), cell: ({ source, sink }) => `${source ?? '—'} → ${sink ?? '—'}` },
                { id: 'departed', head: t('departed'), cell: ({ departed }) => (departed === null ? '—' : <When at={departed} />), sort: ({ departed }) => departed ?? 0 },
                { id: 'volume', head: t('volume'), number: true, cell: ({ weighed_m3, declared_m3 }) => m3(weighed_m3 ?? declared_m3) },
                { id: 'pairing', head: t('pairing'), cell: (row) => <Pairing row={row} /> },
                { id: 'permit', head: t('permit'), cell: ({ permit }) => permit ?? '—' },
              ]}
            />
            <Pager page={shown} pages={pages} total={total ?? found.length} previous={shown > 1 ? turn(shown - 1) : null} next={shown < pages ? turn(shown + 1) : null} />
          </>
        );
      }}
    </Loaded>
  );
}

function OneTicket({ number }: { number: string }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { role } = useOfficer();
  const [version, setVersion] = useState(0);
  const path = `/api/v1/waybills/${encodeURIComponent(number)}`;
  const [data, retry] = useFetched(path, ticket, version);
  const acts = role === 'enforcer' || role === 'registrar' || role === 'admin';
  return (
    <>
      <p>
        <Goto to={{ id: null }} className="button">
          ← {s('back_to_list')}
        </Goto>
      </p>
      <Loaded data={data} retry={retry}>
        {(row) => (
          <>
            <section className="panel">
              <h2>
                <span className="code">{row.number}</span> <TicketSign row={row} />
              </h2>
              <Facts>
                <Fact name={s('truck')}>
                  <Plate plate={row.plate} />
                </Fact>
                <Fact name={t('route')}>
                  {row.source ?? '—'} → {row.sink ?? '—'}
                </Fact>
                <Fact name={t('permit')}>{row.permit ?? '—'}</Fact>
                <Fact name={t('departed')}>{row.departed === null ? '—' : <When at={row.departed} />}</Fact>
                <Fact name={t('unloaded')}>{row.unloaded === null ? '—' : <When at={row.unloaded} />}</Fact>
                <Fact name={t('volume')}>
                  {m3(row.declared_m3)} / {t('weighed')} {m3(row.weighed_m3)}
                </Fact>
                <Fact name={t('pairing')}>
                  <Pairing row={row} />
                </Fact>
              </Facts>
            </section>
            {acts && row.state !== 'void' && (
              <section className="panel">
                <h2>{t('acts')}</h2>
                <div className="forms">
                  {(['accept', 'reject', 'void'] as const).map((what) => (
                    <ReasonForm
                      key={what}
                      label={t(`act_${what}`)}
                      action={t(`act_${what}`)}
                      danger={what !== 'accept'}
                      onSend={(reason) => post(`${path}/${what}`, { reason }, ticket)}
                      done={() => setVersion((n) => n + 1)}
                    />
                  ))}
                </div>
              </section>
            )}
            <section className="panel">
              <h2>{s('trail')}</h2>
              <Trail lines={row.acts} />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

function Day({ day }: { day: string }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const [data, retry] = useFetched(`/api/v1/reconciliation?day=${day}`, reconciliation);
  const columns = [
    { id: 'key', head: t('key'), names_row: true, cell: ({ key }: Tally) => key ?? t('none'), sort: ({ key }: Tally) => key ?? '' },
    { id: 'out', head: t('out'), number: true, cell: ({ out }: Tally) => out, sort: ({ out }: Tally) => out },
    { id: 'out_m3', head: t('out_m3'), number: true, cell: ({ out_m3 }: Tally) => m3(out_m3), sort: ({ out_m3 }: Tally) => out_m3 },
    { id: 'taken', head: t('taken'), number: true, cell: ({ taken }: Tally) => taken, sort: ({ taken }: Tally) => taken },
    { id: 'taken_m3', head: t('taken_m3'), number: true, cell: ({ taken_m3 }: Tally) => m3(taken_m3), sort: ({ taken_m3 }: Tally) => taken_m3 },
    { id: 'under_way', head: t('under_way'), number: true, cell: ({ under_way }: Tally) => under_way },
    { id: 'unpaired', head: t('unpaired'), number: true, cell: ({ unpaired_out, diverted }: Tally) => unpaired_out + diverted },
    { id: 'balances', head: t('balances'), cell: ({ balances }: Tally) => <Sign kind={balances ? 'good' : 'warn'}>{t(balances ? 'yes' : 'no')}</Sign> },
  ];
  return (
    <Loaded data={data} retry={retry}>
      {({ all, permits, sources, unpaired_in }) =>
        all.out === 0 && unpaired_in.length === 0 ? (
          <Empty says={t('empty')} />
        ) : (
          <>
            <DataTable<Tally> caption={t('by_permit')} rows={permits} rowKey={({ key }) => key ?? ''} columns={columns} />
            <DataTable<Tally> caption={t('by_source')} rows={sources} rowKey={({ key }) => key ?? ''} columns={columns} />
            {unpaired_in.length > 0 && (
              <DataTable
                caption={t('unpaired_in')}
                rows={unpaired_in}
                rowKey={({ plate, at }) => `${plate} ${at}`}
                columns={[
                  { id: 'plate', head: s('truck'), names_row: true, cell: ({ plate }) => <Plate plate={plate} /> },
                  { id: 'sink', head: t('by_sink'), cell: ({ sink }) => sink },
                  { id: 'at', head: t('date'), cell: ({ at }) => <When at={at} /> },
                ]}
              />
            )}
          </>
        )
      }
    </Loaded>
  );
}

function Sinks() {
  const t = useTexts(texts);
  const [data, retry] = useFetched('/api/v1/sinks', sinks);
  return (
    <Loaded data={data} retry={retry}>
      {({ sinks: rows }) =>
        rows.length === 0 ? (
          <Empty says={t('sinks_empty')} />
        ) : (
          <DataTable<Sink>
            caption={t('sinks')}
            rows={rows}
            rowKey={({ site }) => site}
            columns={[
              { id: 'name', head: t('by_sink'), names_row: true, cell: ({ name, site }) => `${name} ${site}`, sort: ({ name }) => name },
              { id: 'area', head: t('area'), cell: ({ district }) => district ?? '—' },
              { id: 'capacity', head: t('capacity'), number: true, cell: ({ capacity_m3 }) => (capacity_m3 === null ? t('unknown') : m3(capacity_m3)) },
              { id: 'filled', head: t('filled'), number: true, cell: ({ filled_m3 }) => m3(filled_m3) },
              { id: 'room', head: t('room'), number: true, cell: ({ room_m3, overfilled }) => (overfilled ? <Sign kind="bad">{t('overfilled')}</Sign> : m3(room_m3)), sort: ({ room_m3 }) => room_m3 ?? -1 },
              { id: 'loads', head: t('loads'), number: true, cell: ({ loads }) => loads, sort: ({ loads }) => loads },
            ]}
          />
        )
      }
    </Loaded>
  );
}

function Areas() {
  const t = useTexts(texts);
  const [data, retry] = useFetched('/api/v1/areas/balance', areas);
  return (
    <Loaded data={data} retry={retry}>
      {({ areas: rows }) =>
        rows.length === 0 ? (
          <Empty says={t('areas_empty')} />
        ) : (
          <DataTable<Area>
            caption={t('areas')}
            rows={rows}
            rowKey={({ district }) => district ?? ''}
            columns={[
              { id: 'area', head: t('area'), names_row: true, cell: ({ district }) => district ?? t('none'), sort: ({ district }) => district ?? '' },
              { id: 'out', head: t('out'), number: true, cell: ({ out }) => out, sort: ({ out }) => out },
              { id: 'out_m3', head: t('out_m3'), number: true, cell: ({ out_m3 }) => m3(out_m3) },
              { id: 'kept', head: t('kept'), number: true, cell: ({ kept_m3 }) => m3(kept_m3) },
              { id: 'net', head: t('net'), number: true, cell: ({ net_m3 }) => m3(net_m3) },
              { id: 'astray', head: t('astray'), number: true, cell: ({ astray_m3 }) => m3(astray_m3) },
            ]}
          />
        )
      }
    </Loaded>
  );
}
