import { useTexts } from '../../i18n/define';
import { companyName, useCompanies } from '../../office/companies';
import { Choice, Due, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { points } from '../../format/points';
import { usePlace, useGo } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { Plate } from '../../ui/Plate';
import { RuleName } from '../../ui/RuleName';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { CASE_STATES, type CaseFile, type CaseState, caseList, clocks } from './api';
import { texts } from './texts';

const PAGE = 50;

export const STATE_SIGNS: Readonly<Record<CaseState, 'good' | 'warn' | 'bad' | 'info' | 'quiet'>> = {
  under_review: 'warn',
  confirmed: 'warn',
  decided: 'info',
  reconsidered: 'warn',
  final: 'good',
  rejected: 'quiet',
  revoked: 'quiet',
};

export function CaseListView({ mayEnter }: { mayEnter: boolean }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const { role } = useOfficer();
  const companies = useCompanies();
  // Pages that can be quoted: the address holds where each page before this one began.
  const pages = (state['pages'] ?? '').split(',').filter((part) => part !== '');
  const before = pages.at(-1);
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const name of ['state', 'authority', 'uscc']) if (state[name] !== undefined) query.set(name, state[name]);
  // A place is a number of the service's order, or its own mark.
  if (before !== undefined) query.set(/^\d+$/.test(before) ? 'before' : 'cursor', before);
  const [data, retry] = useFetched(`/api/v1/cases?${query}`, caseList);
  const [running] = useFetched(role === 'carrier' ? null : '/api/v1/clocks', clocks);
  const filter = (name: string) => (value: string | null) => go({ state: { [name]: value, pages: null } }, 'replace');
  const clockOf = (number: string) => (running.kind === 'ready' ? running.value.clocks.find((clock) => clock.kind === 'case' && clock.subject === number) : undefined);
  const overdue = running.kind === 'ready' ? running.value.clocks.filter((clock) => clock.kind === 'case' && clock.overdue).length : 0;
  const filtered = ['state', 'authority', 'uscc'].some((name) => state[name] !== undefined);
  return (
    <>
      <div className="toolbar">
        <Choice
          label={s('state')}
          value={state['state'] ?? ''}
          options={[['', s('all')], ...CASE_STATES.map((word) => [word, t(`state.${word}`)] as const)]}
          onChange={filter('state')}
        />
        {role !== 'carrier' && (
          <>
            <Choice
              label={s('authority')}
              value={state['authority'] ?? ''}
              options={[['', s('all')], ...(['city_management', 'police', 'transport'] as const).map((word) => [word, s(`authority.${word}`)] as const)]}
              onChange={filter('authority')}
            />
            <Choice
              label={s('company')}
              value={state['uscc'] ?? ''}
              options={[['', s('company_all')], ...(companies ?? []).map(({ uscc, name }) => [uscc, name] as const)]}
              onChange={filter('uscc')}
            />
          </>
        )}
        {mayEnter && (
          <>
            <Goto to={{ id: 'new', state: {} }} className="button">
              {t('enter')}
            </Goto>
            <Goto to={{ id: 'import', state: {} }} className="button">
              {t('import')}
            </Goto>
          </>
        )}
      </div>
      {overdue > 0 && <Notice kind="warn">{t('clocks_overdue', { n: overdue })}</Notice>}
      <Loaded data={data} retry={retry}>
        {({ cases, next }) => (
          <>
            {cases.length === 0 ? (
              <Empty says={t(filtered ? 'empty' : 'empty_all')} />
            ) : (
              <DataTable<CaseFile>
                caption={t('list')}
                hide_caption
                rows={cases}
                rowKey={({ number }) => number}
                columns={[
                  {
                    id: 'number',
                    head: t('number'),
                    names_row: true,
                    cell: ({ number }) => (
                      <Goto to={{ id: number }}>
                        <span className="code">{number}</span>
                      </Goto>
                    ),
                  },
                  { id: 'state', head: s('state'), cell: (row) => <CaseSign file={row} /> },
                  {
                    id: 'clock',
                    head: s('due'),
                    cell: ({ number }) => {
                      const clock = clockOf(number);
                      return clock === undefined ? '—' : <Due due={clock.due} overdue={clock.overdue} left={clock.working_days_left} />;
                    },
                  },
                  { id: 'rule', head: s('rule'), cell: ({ rule }) => <RuleName code={rule} /> },
                  { id: 'plate', head: s('truck'), cell: ({ plate }) => <Plate plate={plate} /> },
                  ...(role === 'carrier' ? [] : [{ id: 'company', head: s('company'), cell: ({ uscc }: CaseFile) => companyName(companies, uscc) }]),
                  { id: 'occurred', head: t('occurred'), cell: ({ occurred_at }) => <When at={occurred_at} />, sort: ({ occurred_at }) => occurred_at },
                  {
                    id: 'points',
                    head: t('points'),
                    number: true,
                    cell: ({ points_centi }) => (points_centi === null ? t('not_counted') : points(points_centi)),
                    sort: ({ points_centi }) => points_centi ?? -1,
                  },
                ]}
              />
            )}
            <Pager
              page={pages.length + 1}
              previous={pages.length === 0 ? null : () => go({ state: { pages: pages.slice(0, -1).join(',') } })}
              next={next === null ? null : () => go({ state: { pages: [...pages, next].join(',') } })}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

export function CaseSign({ file }: { file: CaseFile }) {
  const t = useTexts(texts);
  const away = file.hand_over !== null && file.hand_over.received === null;
  return (
    <>
      <Sign kind={STATE_SIGNS[file.state]}>{t(`state.${file.state}`)}</Sign>
      {away && <Sign kind="warn">{t('on_its_way')}</Sign>}
    </>
  );
}
