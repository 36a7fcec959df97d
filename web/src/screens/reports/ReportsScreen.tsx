/** How a period went by company, area and rule: the table first, the plot second; and the weekly and monthly rankings. */
import { date } from '../../format/time';
import { points } from '../../format/points';
import { useTexts } from '../../i18n/define';
import { useCompanies } from '../../office/companies';
import { Choice, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { RuleName } from '../../ui/RuleName';
import { useRules } from '../../ui/rules';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { type Counts, type DaySeen, type Row, type Statistics, statistics } from './api';
import { Plot } from './Plot';
import { RankingView } from './RankingView';
import { texts } from './texts';

const VIEWS = ['counts', 'ranking_company', 'ranking_area'] as const;
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 30;

/** Days in a row as one stretch: `11-01 – 11-05`. */
export function runsOf(days: readonly string[]): string[] {
  const runs: { from: string; to: string }[] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last !== undefined && Date.parse(day) - Date.parse(last.to) === DAY_MS) last.to = day;
    else runs.push({ from: day, to: day });
  }
  return runs.map(({ from, to }) => (from === to ? from.slice(5) : `${from.slice(5)} – ${to.slice(5)}`));
}

export default function ReportsScreen() {
  const t = useTexts(texts);
  const { state } = usePlace();
  const view = VIEWS.find((name) => name === state['view']) ?? 'counts';
  return (
    <div className="office">
      <nav className="tabs-line" aria-label={t('counts')}>
        {VIEWS.map((name) => (
          <Goto key={name} to={{ state: { view: name === 'counts' ? null : name } }} current={name === view}>
            {t(name)}
          </Goto>
        ))}
      </nav>
      {view === 'counts' ? <CountsView /> : <RankingView by={view === 'ranking_area' ? 'area' : 'company'} />}
    </div>
  );
}

function CountsView() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const companies = useCompanies();
  const [rules] = useRules();
  const now = Date.now();
  const from = state['from'] ?? date(now - (DAYS_DEFAULT - 1) * DAY_MS);
  const to = state['to'] ?? date(now);
  const by = (['carrier', 'area', 'rule'] as const).find((word) => word === state['by']) ?? 'carrier';
  const query = new URLSearchParams({ from, to, by });
  for (const name of ['carrier', 'area', 'rule']) if (state[name] !== undefined) query.set(name, state[name]);
  const [data, retry] = useFetched(`/api/v1/statistics?${query}`, statistics);
  const set = (name: string) => (value: string | null) => go({ state: { [name]: value } }, 'replace');
  const families = rules.kind === 'ready' ? [...new Set(rules.value.map(({ family }) => family))] : [];
  const file = (more: string) => `/api/v1/statistics?${query}&${more}`;
  return (
    <>
      <div className="toolbar">
        {(['from', 'to'] as const).map((name) => (
          <Field key={name} label={t(name)}>
            {(props) => <input {...props} type="date" max={date(now)} value={name === 'from' ? from : to} onChange={(event) => event.target.value !== '' && set(name)(event.target.value)} />}
          </Field>
        ))}
        <Choice label={t('by')} value={by} options={(['carrier', 'area', 'rule'] as const).map((word) => [word, t(`by.${word}`)] as const)} onChange={set('by')} />
        <Choice label={s('company')} value={state['carrier'] ?? ''} options={[['', s('company_all')], ...(companies ?? []).map(({ uscc, name }) => [uscc, name] as const)]} onChange={set('carrier')} />
        <Choice label={s('rule')} value={state['rule'] ?? ''} options={[['', t('rule_all')], ...families.map((code) => [code, code] as const)]} onChange={set('rule')} />
        {state['area'] !== undefined && (
          <button type="button" onClick={() => set('area')(null)}>
            {t('area')}: {state['area']} ✕
          </button>
        )}
        <a className="button" href={file('format=csv')} download>
          CSV
        </a>
        <a className="button" href={file('format=csv&daily=true')} download>
          {t('daily_csv')}
        </a>
        <a className="button" href={file('format=xlsx')} download>
          XLSX
        </a>
        <button type="button" onClick={() => window.print()}>
          {t('print')}
        </button>
      </div>
      <Loaded data={data} retry={retry}>
        {(value) => <Counted value={value} by={by} />}
      </Loaded>
    </>
  );
}

function Counted({ value, by }: { value: Statistics; by: 'carrier' | 'area' | 'rule' }) {
  const t = useTexts(texts);
  const blind = value.days.filter(({ data }) => data !== 'whole');
  const count = (id: keyof Counts, head: string) => ({
    id,
    head,
    number: true,
    cell: (row: Counts) => (id === 'points_centi' ? points(row[id]) : row[id]),
    sort: (row: Counts) => row[id],
  });
  const columns = [
    ...(by === 'rule' ? [] : [count('hauls', t('hauls'))]),
    count('clues', t('clues')),
    count('pending', t('pending')),
    count('confirmed', t('confirmed')),
    count('rejected', t('rejected')),
    count('points_centi', t('points')),
  ];
  const name = (row: Row) => {
    if (row.key === '') return t('none_key');
    if (by === 'rule') return <RuleName code={row.key} />;
    if (by === 'carrier') return <Goto to={{ screen: 'score', id: row.key }}>{row.name}</Goto>;
    return <Goto to={{ state: { area: row.key, by: 'carrier' } }}>{row.name}</Goto>;
  };
  return (
    <>
      {blind.length > 0 && <Notice kind="warn">{t('missing', { n: blind.length, days: runsOf(blind.map(({ day }) => day)).join('，') })}</Notice>}
      <section className="panel">
        {value.rows.length === 0 ? (
          <Empty says={t('empty')} />
        ) : (
          <DataTable<Row>
            caption={`${value.from} – ${value.to} · ${t('total')}: ${t('hauls')} ${value.total.hauls}, ${t('clues')} ${value.total.clues}, ${t('confirmed')} ${value.total.confirmed}, ${t('points')} ${points(value.total.points_centi)}`}
            rows={value.rows}
            rowKey={({ key }) => key}
            columns={[{ id: 'name', head: t(`by.${by}`), names_row: true, cell: name, sort: (row: Row) => row.name }, ...columns]}
          />
        )}
      </section>
      <section className="panel">
        <h2>{t('plot')}</h2>
        <Plot days={value.days} total={value.total} />
        <details>
          <summary>{t('days')}</summary>
          <DataTable<DaySeen>
            caption={t('days')}
            hide_caption
            rows={value.days}
            rowKey={({ day }) => day}
            columns={[
              { id: 'day', head: t('day'), names_row: true, cell: ({ day }) => day, sort: ({ day }) => day },
              { id: 'data', head: t('data'), cell: ({ data }) => <Sign kind={data === 'whole' ? 'good' : data === 'none' ? 'bad' : 'warn'}>{t.word('data', data)}</Sign> },
              { id: 'online', head: t('online'), number: true, cell: ({ trucks, trucks_online }) => `${trucks_online} / ${trucks}` },
              count('hauls', t('hauls')),
              count('clues', t('clues')),
              count('confirmed', t('confirmed')),
            ]}
          />
        </details>
      </section>
    </>
  );
}
