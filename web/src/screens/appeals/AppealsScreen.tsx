/** Objections and requests for repair: the company brings them and sees where they are, the authority answers. */
import { useTexts } from '../../i18n/define';
import { companyName, useCompanies } from '../../office/companies';
import { Choice, Due, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { date } from '../../format/time';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { type Clock, clocks } from '../cases/api';
import { APPEAL_STATES, type Appeal, appealList, type AppealState } from './api';
import { AppealDetail } from './AppealDetail';
import { byUrgency } from './order';
import { texts } from './texts';
import { Wizard } from './Wizard';

export const STATE_SIGNS: Readonly<Record<AppealState, 'good' | 'warn' | 'bad' | 'quiet'>> = { open: 'warn', upheld: 'good', rejected: 'bad', withdrawn: 'quiet' };

export default function AppealsScreen() {
  const { id } = usePlace();
  const { role } = useOfficer();
  return <div className="office">{id === null ? <AppealListView /> : id === 'new' && role === 'carrier' ? <Wizard /> : <AppealDetail key={id} number={id} />}</div>;
}

/** The last day of an open appeal; officers are told the working days left. */
export function AppealDue({ appeal, clock }: { appeal: Appeal; clock: Clock | undefined }) {
  if (appeal.state !== 'open') return <>{appeal.due}</>;
  const overdue = clock?.overdue ?? appeal.due < date(Date.now());
  return <Due due={appeal.due} overdue={overdue} left={clock?.working_days_left ?? null} provisional={appeal.provisional} />;
}

function AppealListView() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const { role } = useOfficer();
  const companies = useCompanies();
  const own = role === 'carrier';
  const query = new URLSearchParams();
  for (const name of ['state', 'authority']) if (state[name] !== undefined) query.set(name, state[name]);
  const [data, retry] = useFetched(`/api/v1/appeals?${query}`, appealList);
  const [running] = useFetched(own ? null : '/api/v1/clocks', clocks);
  const clockOf = (number: string) => (running.kind === 'ready' ? running.value.clocks.find((clock) => clock.kind === 'appeal' && clock.subject === number) : undefined);
  const filter = (name: string) => (value: string | null) => go({ state: { [name]: value } }, 'replace');
  return (
    <>
      <div className="toolbar">
        <Choice label={s('state')} value={state['state'] ?? ''} options={[['', s('all')], ...APPEAL_STATES.map((word) => [word, t(`state.${word}`)] as const)]} onChange={filter('state')} />
        {!own && (
          <Choice
            label={s('authority')}
            value={state['authority'] ?? ''}
            options={[['', s('all')], ...(['city_management', 'police', 'transport'] as const).map((word) => [word, s(`authority.${word}`)] as const)]}
            onChange={filter('authority')}
          />
        )}
        {own && (
          <Goto to={{ id: 'new', state: {} }} className="button">
            {t('new')}
          </Goto>
        )}
      </div>
      <Loaded data={data} retry={retry}>
        {({ appeals }) =>
          appeals.length === 0 ? (
            <Empty says={t(own && query.size === 0 ? 'empty_own' : 'empty')}>
              {own && (
                <Goto to={{ screen: 'score' }} className="button">
                  {t('to_score')}
                </Goto>
              )}
            </Empty>
          ) : (
            <DataTable<Appeal>
              caption={`${t('list')} · ${t('overdue_first')}`}
              rows={[...appeals].sort(byUrgency)}
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
                { id: 'kind', head: t('kind'), cell: ({ kind }) => t(`kind.${kind}`) },
                { id: 'state', head: s('state'), cell: (row) => <Sign kind={STATE_SIGNS[row.state]}>{t(`state.${row.state}`)}</Sign> },
                { id: 'due', head: s('due'), cell: (row) => <AppealDue appeal={row} clock={clockOf(row.number)} /> },
                ...(own ? [] : [{ id: 'company', head: s('company'), cell: ({ uscc }: Appeal) => companyName(companies, uscc) }]),
                { id: 'about', head: t('about'), cell: (row) => <About appeal={row} /> },
                { id: 'lodged', head: t('lodged'), cell: ({ lodged }) => <When at={lodged} />, sort: ({ lodged }) => lodged },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}

export function About({ appeal: { target } }: { appeal: Appeal }) {
  const t = useTexts(texts);
  if (target.kind === 'file') {
    return (
      <Goto to={{ screen: 'listings', id: target.number }} className="row-link">
        {t('about_file')} <span className="code">{target.number}</span>
      </Goto>
    );
  }
  return (
    <Goto to={{ screen: 'cases', id: target.case_no }} className="row-link">
      {t('about_entry', { n: target.seq })} <span className="code">{target.case_no}</span>
    </Goto>
  );
}
