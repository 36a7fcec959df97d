import { date } from '../../format/time';
import { points } from '../../format/points';
import { useTexts } from '../../i18n/define';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { type Ranked, ranking } from './api';
import { texts } from './texts';

/** Ten-thousandths as per cent: 9876 → `98.76 %`. */
export function share(e4: number | null): string {
  return e4 === null ? '—' : `${(e4 / 100).toFixed(2)} %`;
}

export function RankingView({ by }: { by: 'company' | 'area' }) {
  const t = useTexts(texts);
  const { state } = usePlace();
  const go = useGo();
  const period = state['period'] ?? date(Date.now()).slice(0, 7);
  const path = `/api/v1/rankings?by=${by}&period=${encodeURIComponent(period)}`;
  const [data, retry] = useFetched(path, ranking);
  const set = (value: string) => value !== '' && go({ state: { period: value } }, 'replace');
  return (
    <>
      <div className="toolbar">
        <Field label={t('month')}>{(props) => <input {...props} type="month" value={period.includes('W') ? '' : period} onChange={(event) => set(event.target.value)} />}</Field>
        <Field label={t('week')}>{(props) => <input {...props} type="week" value={period.includes('W') ? period : ''} onChange={(event) => set(event.target.value)} />}</Field>
        <a className="button" href={`${path}&format=csv`} download>
          CSV
        </a>
        <a className="button" href={`${path}&format=xlsx`} download>
          XLSX
        </a>
        <button type="button" onClick={() => window.print()}>
          {t('print')}
        </button>
      </div>
      <Loaded data={data} retry={retry}>
        {(value) => {
          const rows = [...value.ranked, ...value.not_rated];
          if (rows.length === 0) return <Empty says={t('rank_empty')} />;
          return (
            <>
              <Notice>{t(value.is_over ? 'final' : 'running')}</Notice>
              <DataTable<Ranked>
                caption={`${t(by === 'company' ? 'ranking_company' : 'ranking_area')} ${value.period}`}
                rows={rows}
                rowKey={({ key }) => key}
                columns={[
                  { id: 'rank', head: t('rank'), number: true, cell: ({ rank }) => rank ?? t('not_rated'), sort: ({ rank }) => rank ?? Number.MAX_SAFE_INTEGER },
                  { id: 'name', head: t('name'), names_row: true, cell: ({ key, name }) => (by === 'company' ? <Goto to={{ screen: 'score', id: key }}>{name}</Goto> : name), sort: ({ name }) => name },
                  { id: 'value', head: t(by === 'company' ? 'value_company' : 'value_area'), number: true, cell: ({ value_cp }) => (value_cp === null ? '—' : points(value_cp)), sort: ({ value_cp }) => value_cp ?? -1 },
                  { id: 'period', head: t('points'), number: true, cell: ({ period_cp }) => points(period_cp), sort: ({ period_cp }) => period_cp },
                  { id: 'hauls', head: t('hauls'), number: true, cell: ({ hauls }) => hauls, sort: ({ hauls }) => hauls },
                  { id: 'trucks', head: t('trucks'), number: true, cell: ({ trucks }) => trucks, sort: ({ trucks }) => trucks },
                  { id: 'clean', head: t('clean'), number: true, cell: ({ clean_e4 }) => share(clean_e4), sort: ({ clean_e4 }) => clean_e4 ?? -1 },
                  { id: 'online', head: t('online_share'), number: true, cell: ({ online_e4 }) => share(online_e4), sort: ({ online_e4 }) => online_e4 ?? -1 },
                  { id: 'paired', head: t('paired'), number: true, cell: ({ paired_e4 }) => share(paired_e4), sort: ({ paired_e4 }) => paired_e4 ?? -1 },
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </>
  );
}
