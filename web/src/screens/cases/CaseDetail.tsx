import { useState } from 'react';
import { useLanguage, useTexts } from '../../i18n/define';
import { points } from '../../format/points';
import { span } from '../../format/time';
import { companyName, useCompanies } from '../../office/companies';
import { FilesOf } from '../../office/Files';
import { Due, Fact, Facts, Trail } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Plate } from '../../ui/Plate';
import { RuleName } from '../../ui/RuleName';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { type CaseFile, type CaseView, caseView, clocks } from './api';
import { CaseActs } from './CaseActs';
import { CaseSign } from './CaseListView';
import { texts } from './texts';

export function CaseDetail({ number }: { number: string }) {
  const s = useTexts(shared);
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(`/api/v1/cases/${encodeURIComponent(number)}`, caseView, version);
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

function Shown({ view, version, changed }: { view: CaseView; version: number; changed: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const officer = useOfficer();
  const companies = useCompanies();
  const isOfficer = officer.role !== 'carrier';
  const [running] = useFetched(isOfficer ? '/api/v1/clocks' : null, clocks, version);
  const { case: file, contestable_until, trail } = view;
  const own = running.kind === 'ready' ? running.value.clocks.filter((clock) => clock.kind === 'case' && clock.subject === file.number) : [];
  return (
    <>
      <section className="panel">
        <h2>
          {t('number')} <span className="code">{file.number}</span> <CaseSign file={file} />
        </h2>
        <Facts>
          <Fact name={s('rule')}>
            <RuleName code={file.rule} />
          </Fact>
          <Fact name={s('truck')}>
            <Plate plate={file.plate} />
          </Fact>
          <Fact name={s('company')}>{companyName(companies, file.uscc)}</Fact>
          <Fact name={s('authority')}>{s(`authority.${file.authority}`)}</Fact>
          <Fact name={t('occurred')}>{span(file.occurred_at, file.occurred_until)}</Fact>
          <Fact name={t('filed')}>
            <When at={file.filed} />
          </Fact>
          <Fact name={t('source')}>{t.word('source', file.source)}</Fact>
          <Fact name={t('officers')}>{file.officers.join(language === 'zh' ? '、' : ', ')}</Fact>
          <Fact name={t('counts')}>{file.counts_on === 'final_decision' ? t('counts_final') : t('counts_confirmation')}</Fact>
          <Fact name={t('points')}>
            {file.points_centi === null ? t('not_counted') : s('points', { n: points(file.points_centi) })}
            {file.ledger_seq !== null && <span className="quiet"> {t('entry', { n: file.ledger_seq })}</span>}
          </Fact>
          <div className="wide">
            <dt>{t('fact')}</dt>
            <dd>{file.fact}</dd>
          </div>
          {file.end_reason !== null && <Fact name={t('end_reason')}>{file.end_reason}</Fact>}
        </Facts>
        <p className="toolbar no-print">
          <a className="button" href={`/evidence/${encodeURIComponent(file.number)}`} target="_blank" rel="noreferrer">
            {t('evidence')}
          </a>
          <a className="button" href={`/api/v1/cases/${encodeURIComponent(file.number)}/evidence.zip`} download>
            {t('bundle')}
          </a>
          {file.uscc !== null && (
            <Goto to={{ screen: 'score', id: file.uscc }} className="button">
              {t('score')}
            </Goto>
          )}
        </p>
      </section>
      {own.length > 0 && (
        <section className="panel">
          <h2>{t('clock')}</h2>
          <ul>
            {own.map((clock) => (
              <li key={clock.step}>
                {language === 'zh' ? clock.step_zh : clock.step_en} <Due due={clock.due} overdue={clock.overdue} left={clock.working_days_left} provisional={clock.provisional} />{' '}
                <span className="quiet">{clock.basis}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <DecisionFacts file={file} contestable={contestable_until} />
      {isOfficer && <CaseActs file={file} changed={changed} />}
      <FilesOf about={`case/${file.number}`} mayAdd={(officer.role === 'enforcer' || officer.role === 'police') && officer.authority === file.authority} />
      <section className="panel">
        <h2>{s('trail')}</h2>
        <Trail lines={trail} />
      </section>
    </>
  );
}

function DecisionFacts({ file, contestable }: { file: CaseFile; contestable: string | null }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { decision, hand_over } = file;
  if (decision === null && hand_over === null) return null;
  return (
    <section className="panel">
      {decision !== null && (
        <>
          <h2>{t('decision')}</h2>
          <Facts>
            <Fact name={t('decision_no')}>{decision.number}</Fact>
            <Fact name={t('decision_date')}>{decision.date}</Fact>
            <Fact name={t('decision_served')}>{decision.served}</Fact>
            {contestable !== null && <Fact name={t('contestable')}>{contestable}</Fact>}
            {file.final_date !== null && <Fact name={t('final_date')}>{file.final_date}</Fact>}
            <div className="wide">
              <dt>{t('decision_content')}</dt>
              <dd>{decision.content}</dd>
            </div>
          </Facts>
        </>
      )}
      {hand_over !== null && (
        <>
          <h2>{t('hand_over')}</h2>
          <p>
            {t('hand_over_line', {
              from: s(`authority.${hand_over.from}`),
              to: s(`authority.${hand_over.to}`),
              by: hand_over.by,
              reason: hand_over.reason,
            })}{' '}
            <When at={hand_over.at} />
          </p>
          <Facts>
            <Fact name={t('hand_over_received')}>{hand_over.received === null ? s('none') : <When at={hand_over.received} />}</Fact>
            {hand_over.executed !== null && <Fact name={t('hand_over_executed')}>{hand_over.executed}</Fact>}
            {hand_over.answer !== null && <Fact name={t('hand_over_answer')}>{hand_over.answer}</Fact>}
          </Facts>
        </>
      )}
    </section>
  );
}
