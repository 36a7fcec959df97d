/** Files of listings and exits: proposal, notice, objection, decision, repair, removal. */
import { type FormEvent, useState } from 'react';
import { post } from '../../api/client';
import { points } from '../../format/points';
import { useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { useCompanies } from '../../office/companies';
import { Choice, Fact, Facts, ReasonForm, Refusal, Sign, Trail } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { RuleName } from '../../ui/RuleName';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { FILE_STATES, fileList, type FileState, fileView, type FileView, type ListingFile } from './api';
import { texts } from './texts';

const SIGNS: Readonly<Record<FileState, 'good' | 'warn' | 'bad' | 'info' | 'quiet'>> = {
  proposed: 'warn',
  noticed: 'warn',
  served: 'info',
  listed: 'bad',
  delisted: 'good',
  exited: 'bad',
  withdrawn: 'quiet',
  refused: 'quiet',
};

export default function ListingsScreen() {
  const { id } = usePlace();
  const { role } = useOfficer();
  const decides = role === 'enforcer' || role === 'police';
  return <div className="office">{id === null ? <Files decides={decides} /> : id === 'new' && decides ? <Propose /> : <OneFile key={id} number={id} />}</div>;
}

function Files({ decides }: { decides: boolean }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { state } = usePlace();
  const go = useGo();
  const { role } = useOfficer();
  const query = state['state'] === undefined ? '' : `?state=${state['state']}`;
  const [data, retry] = useFetched(`/api/v1/listings${query}`, fileList);
  return (
    <>
      <div className="toolbar">
        <Choice
          label={s('state')}
          value={state['state'] ?? ''}
          options={[['', s('all')], ...FILE_STATES.map((word) => [word, t(`state.${word}`)] as const)]}
          onChange={(value) => go({ state: { state: value } }, 'replace')}
        />
        {decides && (
          <Goto to={{ id: 'new', state: {} }} className="button">
            {t('propose')}
          </Goto>
        )}
        {(role === 'admin' || role === 'auditor') && (
          <Goto to={{ screen: 'push' }} className="button">
            {t('push')}
          </Goto>
        )}
      </div>
      <Loaded data={data} retry={retry}>
        {({ files }) =>
          files.length === 0 ? (
            <Empty says={t('empty')} />
          ) : (
            <DataTable<ListingFile>
              caption={t('list')}
              hide_caption
              rows={files}
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
                { id: 'name', head: s('company'), cell: ({ name }) => name, sort: ({ name }) => name },
                { id: 'measure', head: t('measure'), cell: ({ measure }) => t.word('measure', measure) },
                { id: 'state', head: s('state'), cell: ({ state }) => <Sign kind={SIGNS[state]}>{t(`state.${state}`)}</Sign> },
                { id: 'score', head: t('score'), number: true, cell: ({ score_centi }) => points(score_centi), sort: ({ score_centi }) => score_centi },
                { id: 'until', head: t('object_until'), cell: ({ notice }) => notice?.object_until ?? '—' },
                { id: 'opened', head: t('opened'), cell: ({ opened }) => <When at={opened} />, sort: ({ opened }) => opened },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}

function Back() {
  const s = useTexts(shared);
  return (
    <p>
      <Goto to={{ id: null }} className="button">
        ← {s('back_to_list')}
      </Goto>
    </p>
  );
}

function OneFile({ number }: { number: string }) {
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(`/api/v1/listings/${encodeURIComponent(number)}`, fileView, version);
  return (
    <>
      <Back />
      <Loaded data={data} retry={retry}>
        {(view) => <Shown view={view} changed={() => setVersion((n) => n + 1)} />}
      </Loaded>
    </>
  );
}

const LINE: readonly FileState[] = ['proposed', 'noticed', 'served', 'listed', 'delisted'];

function Shown({ view: { file, trail }, changed }: { view: FileView; changed: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const officer = useOfficer();
  const line = LINE.includes(file.state) ? LINE : [...LINE.slice(0, 3), file.state];
  return (
    <>
      <section className="panel">
        <h2>
          {t.word('measure', file.measure)} <span className="code">{file.number}</span> <Sign kind={SIGNS[file.state]}>{t(`state.${file.state}`)}</Sign>
        </h2>
        <ol className="steps" aria-label={t('steps')}>
          {line.map((state) => (
            <li key={state} aria-current={state === file.state ? 'step' : undefined}>
              {t(`state.${state}`)}
            </li>
          ))}
        </ol>
        <Facts>
          <Fact name={s('company')}>
            <Goto to={{ screen: 'score', id: file.uscc }} className="row-link">
              {file.name}
            </Goto>
          </Fact>
          <Fact name={s('authority')}>{s(`authority.${file.authority}`)}</Fact>
          <Fact name={t('why')}>{file.why ?? t('why_score')}</Fact>
          <Fact name={t('score')}>{points(file.score_centi)}</Fact>
          <Fact name={t('opened')}>
            <When at={file.opened} />
          </Fact>
          {file.term_end !== null && <Fact name={t('term')}>{file.term_end}</Fact>}
          {file.ban_until !== null && <Fact name={t('ban')}>{file.ban_until}</Fact>}
          {file.end_reason !== null && <Fact name={t('end_reason')}>{file.end_reason}</Fact>}
          {([['basis', file.legal_basis], ['measures', file.measures], ['repair', file.repair_conditions]] as const).map(([name, lines]) => (
            <div className="wide" key={name}>
              <dt>{t(name)}</dt>
              <dd>{lines.join('；')}</dd>
            </div>
          ))}
          <div className="wide">
            <dt>{t('causes')}</dt>
            <dd>
              <ul>
                {file.causes.map(({ rule, case_no }) => (
                  <li key={`${case_no} ${rule}`}>
                    <RuleName code={rule} />{' '}
                    <Goto to={{ screen: 'cases', id: case_no }} className="row-link">
                      <span className="code">{case_no}</span>
                    </Goto>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        </Facts>
      </section>
      <Papers file={file} />
      <Acts file={file} changed={changed} isCompany={officer.role === 'carrier'} />
      <section className="panel">
        <h2>{s('trail')}</h2>
        <Trail lines={trail} />
      </section>
    </>
  );
}

function Papers({ file }: { file: ListingFile }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const { notice, decision } = file;
  if (notice === null && decision === null) return null;
  return (
    <section className="panel">
      {notice !== null && (
        <>
          <h2>{t('notice')}</h2>
          <Facts>
            <Fact name={s('number')}>{notice.number}</Fact>
            <Fact name={t('served')}>{notice.served ?? '—'}</Fact>
            <Fact name={t('object_until')}>{notice.object_until ?? '—'}</Fact>
          </Facts>
          <details>
            <summary>{t('notice_text')}</summary>
            <pre className="paper">{notice.text}</pre>
          </details>
        </>
      )}
      {decision !== null && (
        <>
          <h2>{t('decision')}</h2>
          <Facts>
            <Fact name={s('number')}>{decision.number}</Fact>
            <Fact name={s('act.who')}>
              {decision.by} <When at={decision.at} />
            </Fact>
            <div className="wide">
              <dt>{s('reason')}</dt>
              <dd>{decision.reason}</dd>
            </div>
          </Facts>
        </>
      )}
      {file.state === 'delisted' && (
        <p>
          <a href={`/api/v1/listings/${encodeURIComponent(file.number)}/removal-notice`} target="_blank" rel="noreferrer" className="button">
            {t('removal')}
          </a>
        </p>
      )}
    </section>
  );
}

function Acts({ file, changed, isCompany }: { file: ListingFile; changed: () => void; isCompany: boolean }) {
  const t = useTexts(texts);
  const { role, authority } = useOfficer();
  const path = `/api/v1/listings/${encodeURIComponent(file.number)}`;
  const send = (what: string, body: unknown) => post(`${path}/${what}`, body, fileView);
  const forms = [];
  if (isCompany && (file.state === 'noticed' || file.state === 'served')) {
    forms.push(
      <Goto key="object" to={{ screen: 'appeals', id: 'new', state: { listing: file.number, kind: 'objection' } }} className="button">
        {t('object')}
      </Goto>,
    );
  }
  const mine = (role === 'enforcer' || role === 'police') && authority === file.authority;
  if (mine && file.state === 'proposed') forms.push(<NoticeForm key="notice" send={() => send('notice', {})} done={changed} />);
  if (mine && file.state === 'noticed') forms.push(<ServedForm key="served" send={(served) => send('served', { served })} done={changed} />);
  if (mine && ['proposed', 'noticed', 'served'].includes(file.state)) {
    for (const take of [true, false]) {
      const label = t(take ? 'take' : 'refuse');
      forms.push(<ReasonForm key={label} label={label} action={label} danger={take} withNumber="must" onSend={(reason, number) => send('decision', { take, number, reason })} done={changed} />);
    }
  }
  if (mine && file.state === 'listed') {
    forms.push(<ReasonForm key="delist" label={t('delist')} action={t('delist')} withNumber="must" onSend={(reason, number) => send('delist', { number, reason })} done={changed} />);
  }
  return (
    <section className="panel">
      <h2>{t('acts')}</h2>
      {forms.length === 0 ? <p className="quiet">{t('acts_none')}</p> : <div className="forms">{forms}</div>}
    </section>
  );
}

function NoticeForm({ send, done }: { send: () => Promise<unknown>; done: () => void }) {
  const t = useTexts(texts);
  const act = useAct(t('write_notice'));
  return (
    <div className="act-form">
      <Refusal act={act} />
      <button type="button" className="primary" disabled={act.busy} onClick={() => act.run(send, done)}>
        {t('write_notice')}
      </button>
    </div>
  );
}

function ServedForm({ send, done }: { send: (served: string) => Promise<unknown>; done: () => void }) {
  const t = useTexts(texts);
  const act = useAct(t('note_served'));
  const [served, setServed] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.run(() => send(served), done);
  };
  return (
    <form className="act-form" aria-label={t('note_served')} onSubmit={submit}>
      <Field label={t('served')} required>
        {(props) => <input {...props} type="date" value={served} onChange={(event) => setServed(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" className="primary" disabled={act.busy}>
        {t('note_served')}
      </button>
    </form>
  );
}

function Propose() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const go = useGo();
  const companies = useCompanies();
  const act = useAct(t('propose'));
  const [uscc, setUscc] = useState('');
  const [measure, setMeasure] = useState('list');
  const [trigger, setTrigger] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.run(
      () => post('/api/v1/listings', { uscc, measure, trigger: trigger.trim() }, fileView),
      (view) => go({ id: view.file.number }),
    );
  };
  return (
    <>
      <Back />
      <form className="panel" aria-label={t('propose_title')} onSubmit={submit}>
        <h2>{t('propose_title')}</h2>
        <Choice label={s('company')} value={uscc} options={[['', ''], ...(companies ?? []).map((company) => [company.uscc, company.name] as const)]} onChange={(value) => setUscc(value ?? '')} />
        <Choice label={t('measure')} value={measure} options={(['list', 'exit'] as const).map((word) => [word, t(`measure.${word}`)] as const)} onChange={(value) => setMeasure(value ?? 'list')} />
        <Field label={t('trigger')} hint={s('reason_hint')} required>
          {(props) => <textarea {...props} rows={3} maxLength={1000} value={trigger} onChange={(event) => setTrigger(event.target.value)} />}
        </Field>
        <Refusal act={act} />
        <button type="submit" className="primary" disabled={act.busy || uscc === ''}>
          {t('propose')}
        </button>
      </form>
    </>
  );
}
