import { useState } from 'react';
import { post } from '../../api/client';
import { minute } from '../../format/time';
import { points } from '../../format/points';
import { useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { companyName, useCompanies } from '../../office/companies';
import { FilesOf } from '../../office/Files';
import { Fact, Facts, ReasonForm, Refusal, Sign, Trail } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { caseView, clocks } from '../cases/api';
import { contestedDecoder } from '../score/api';
import { type Appeal, type AppealView, appealView } from './api';
import { About, AppealDue, STATE_SIGNS } from './AppealsScreen';
import { texts } from './texts';

export function AppealDetail({ number }: { number: string }) {
  const s = useTexts(shared);
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(`/api/v1/appeals/${encodeURIComponent(number)}`, appealView, version);
  return (
    <>
      <p>
        <Goto to={{ id: null }} className="button">
          ← {s('back_to_list')}
        </Goto>
      </p>
      <Loaded data={data} retry={retry}>
        {(view) => <Shown view={view} version={version} changed={() => setVersion((n) => n + 1)} />}
      </Loaded>
    </>
  );
}

/** Where it is, as a line of three steps. */
function Steps({ appeal }: { appeal: Appeal }) {
  const t = useTexts(texts);
  const at = appeal.state === 'open' ? 1 : 2;
  const names = [t('step_lodged'), t('step_handling'), appeal.state === 'open' ? t('step_answered') : t(`state.${appeal.state}`)];
  return (
    <ol className="steps" aria-label={t('steps')}>
      {names.map((name, i) => (
        <li key={name} aria-current={i === at ? 'step' : undefined}>
          {i < at ? '✓ ' : ''}
          {name}
        </li>
      ))}
    </ol>
  );
}

function Shown({ view, version, changed }: { view: AppealView; version: number; changed: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const officer = useOfficer();
  const companies = useCompanies();
  const { appeal, trail } = view;
  const own = officer.role === 'carrier';
  const [running] = useFetched(own ? null : '/api/v1/clocks', clocks, version);
  const [score] = useFetched(`/api/v1/carriers/${encodeURIComponent(appeal.uscc)}/contested`, contestedDecoder, version);
  const clock = running.kind === 'ready' ? running.value.clocks.find(({ kind, subject }) => kind === 'appeal' && subject === appeal.number) : undefined;
  return (
    <>
      <section className="panel">
        <h2>
          {t(`kind.${appeal.kind}`)} <span className="code">{appeal.number}</span> <Sign kind={STATE_SIGNS[appeal.state]}>{t(`state.${appeal.state}`)}</Sign>
        </h2>
        <Steps appeal={appeal} />
        <Facts>
          <Fact name={s('due')}>
            <AppealDue appeal={appeal} clock={clock} />
          </Fact>
          <Fact name={s('company')}>{companyName(companies, appeal.uscc)}</Fact>
          <Fact name={s('authority')}>{s(`authority.${appeal.authority}`)}</Fact>
          <Fact name={t('about')}>
            <About appeal={appeal} />
          </Fact>
          <Fact name={t('lodged')}>
            <When at={appeal.lodged} />
          </Fact>
          <Fact name={t('lodged_by')}>{appeal.lodged_by}</Fact>
          <div className="wide">
            <dt>{t('grounds')}</dt>
            <dd>{appeal.grounds}</dd>
          </div>
          {score.kind === 'ready' && (
            <Fact name={t('score')}>{t('score_says', { score: points(score.value.score_centi), without: points(score.value.score_without_contested_centi) })}</Fact>
          )}
        </Facts>
        {appeal.source_asked !== null && (
          <p>{t('source_says', { source: appeal.source_asked.source, when: minute(appeal.source_asked.at), until: appeal.source_asked.answer_by })}</p>
        )}
      </section>
      {appeal.decision !== null && (
        <section className="panel">
          <h2>{t('decision')}</h2>
          <Facts>
            <Fact name={s('state')}>
              <Sign kind={STATE_SIGNS[appeal.state]}>{t(`state.${appeal.state}`)}</Sign> {appeal.decision.late && <Sign kind="bad">{t('late')}</Sign>}
            </Fact>
            <Fact name={t('answered_by')}>
              {appeal.decision.by} <When at={appeal.decision.at} />
            </Fact>
            {appeal.decision.number !== null && <Fact name={s('number')}>{appeal.decision.number}</Fact>}
            {appeal.decision.ledger_seq !== null && <Fact name={t('score')}>{t('ledger', { n: appeal.decision.ledger_seq })}</Fact>}
            <div className="wide">
              <dt>{s('reason')}</dt>
              <dd>{appeal.decision.reason}</dd>
            </div>
          </Facts>
        </section>
      )}
      {appeal.state === 'open' && <Acts appeal={appeal} changed={changed} />}
      <FilesOf about={`appeal/${appeal.number}`} mayAdd={appeal.state === 'open' && (own || officer.authority === appeal.authority) && officer.role !== 'auditor' && officer.role !== 'admin'} />
      <section className="panel">
        <h2>{s('trail')}</h2>
        <Trail lines={trail} />
      </section>
    </>
  );
}

function Acts({ appeal, changed }: { appeal: Appeal; changed: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const officer = useOfficer();
  const own = officer.role === 'carrier';
  const case_no = appeal.target.kind === 'entry' && !own ? appeal.target.case_no : null;
  const [decided] = useFetched(case_no === null ? null : `/api/v1/cases/${encodeURIComponent(case_no)}`, caseView);
  const path = `/api/v1/appeals/${encodeURIComponent(appeal.number)}`;
  const end = (what: string) => (reason: string, number: string | null) => post(`${path}/${what}`, { reason, number }, appealView);
  if (own) {
    return (
      <section className="panel">
        <h2>{t('acts')}</h2>
        <ReasonForm label={t('withdraw')} action={t('withdraw')} onSend={end('withdraw')} done={changed} />
      </section>
    );
  }
  const decides = officer.role === 'enforcer' || officer.role === 'police';
  // Who decided the case does not answer the objection to it.
  const isDecider = appeal.kind === 'objection' && decided.kind === 'ready' && decided.value.case.officers.includes(officer.name);
  if (!decides || officer.authority !== appeal.authority || isDecider) {
    return (
      <section className="panel">
        <h2>{t('acts')}</h2>
        <p>{t('acts_none', { authority: s(`authority.${appeal.authority}`) })}</p>
      </section>
    );
  }
  return (
    <section className="panel">
      <h2>{t('acts')}</h2>
      <div className="forms">
        <ReasonForm label={t('uphold')} action={t('uphold')} withNumber="may" onSend={end('uphold')} done={changed} />
        <ReasonForm label={t('reject')} action={t('reject')} danger withNumber="may" onSend={end('reject')} done={changed} />
        {appeal.step === 'handle_objection' && appeal.source_asked === null && <AskSource path={path} done={changed} />}
      </div>
    </section>
  );
}

function AskSource({ path, done }: { path: string; done: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const act = useAct(t('source'));
  const [source, setSource] = useState('');
  return (
    <form
      className="act-form"
      aria-label={t('source')}
      onSubmit={(event) => {
        event.preventDefault();
        act.run(() => post(`${path}/ask-source`, { source: source.trim() }, appealView), done);
      }}
    >
      <h3>{t('source')}</h3>
      <Field label={t('source_name')} hint={t('source_hint')} required>
        {(props) => <input {...props} maxLength={200} value={source} onChange={(event) => setSource(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" disabled={act.busy}>
        {act.busy ? s('sending') : t('source')}
      </button>
    </form>
  );
}
