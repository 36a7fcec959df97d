/** A company brings an objection or asks for repair, in four steps. What is typed is kept by the service, not the browser. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { asProblem, get, post, type Problem, put, remove } from '../../api/client';
import { points } from '../../format/points';
import { minute } from '../../format/time';
import type { EpochMs } from '../../api/types';
import { useLanguage, useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { type Attachment, attachment as attachmentFacts, FileList, FilePicker } from '../../office/Files';
import { Choice, Fact, Facts, Refusal } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useGo, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { ruleOf, useRules } from '../../ui/rules';
import { Loaded, Loading } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { type Statement, statement } from '../score/api';
import { APPEAL_KINDS, appealView, type Draft, kept } from './api';
import { texts } from './texts';

const GROUNDS_CHARS_MAX = 1_000;
/** The draft is sent this long after the last key. */
const SAVE_AFTER_MS = 800;

export function Wizard() {
  const { state } = usePlace();
  const { company } = useOfficer();
  const [data, retry] = useFetched(company === null ? null : `/api/v1/carriers/${company}/statement?format=json`, statement);
  const [stored, again] = useFetched('/api/v1/appeal-draft', kept);
  const asked = Number(state['entry'] ?? '');
  return (
    <Loaded data={data} retry={retry}>
      {(sheet) => (
        <Loaded data={stored} retry={again}>
          {({ draft, saved }) => {
            // A link about another deduction begins anew.
            const resumed = draft !== null && (!(asked > 0) || draft.entry === asked) ? draft : null;
            const begin: Draft = resumed ?? {
              kind: state['kind'] === 'repair' ? 'repair' : 'objection',
              entry: asked > 0 ? asked : null,
              listing: state['listing'] ?? null,
              grounds: '',
              files: [],
            };
            return <Form begin={begin} saved_at={resumed === null ? null : saved} sheet={sheet} />;
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

/** Keeps a draft at the service a moment after the last change. */
function useKept(begin: EpochMs | null): { saved: EpochMs | null; problem: Problem | null; save: (draft: Draft) => void; stop: () => void } {
  const [saved, setSaved] = useState(begin);
  const [problem, setProblem] = useState<Problem | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef<Draft | null>(null);
  const flush = useCallback(() => {
    const draft = latest.current;
    if (draft === null) return;
    latest.current = null;
    put('/api/v1/appeal-draft', draft, kept).then(
      (answer) => {
        setSaved(answer.saved);
        setProblem(null);
      },
      (thrown: unknown) => setProblem(asProblem(thrown)),
    );
  }, []);
  const stop = useCallback(() => {
    latest.current = null;
    if (timer.current !== null) clearTimeout(timer.current);
  }, []);
  const save = useCallback(
    (draft: Draft) => {
      latest.current = draft;
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = setTimeout(flush, SAVE_AFTER_MS);
    },
    [flush],
  );
  // Leaving the screen loses nothing.
  useEffect(() => () => flush(), [flush]);
  return { saved, problem, save, stop };
}

function Form({ begin, saved_at, sheet }: { begin: Draft; saved_at: EpochMs | null; sheet: Statement }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const go = useGo();
  const act = useAct(t('submit'));
  const [draft, setDraft] = useState(begin);
  const [files, setFiles] = useState<Attachment[]>([]);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const { saved, problem, save, stop } = useKept(saved_at);
  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    save(next);
  };
  const length = [...draft.grounds.trim()].length;
  const what_problem = draft.entry === null && draft.listing === null ? t('what_empty') : null;
  const grounds_problem = length === 0 ? t('grounds_empty') : length > GROUNDS_CHARS_MAX ? t('grounds_long') : null;
  const wrong = [what_problem, grounds_problem, null, null][step] ?? null;
  const next = () => {
    setTried(wrong !== null);
    if (wrong === null) setStep(step + 1);
  };
  const submit = () => {
    const body = { kind: draft.kind, entry: draft.entry, listing: draft.listing, grounds: draft.grounds.trim(), files: draft.files };
    act.run(
      async () => {
        stop();
        const view = await post('/api/v1/appeals', body, appealView);
        // The draft has become an appeal; one that stays behind is only offered again.
        await remove('/api/v1/appeal-draft').catch(() => undefined);
        return view;
      },
      (view) => go({ id: view.appeal.number, state: { entry: null, kind: null, listing: null } }, 'replace'),
    );
  };
  const names = [t('step1'), t('step2'), t('step3'), t('step4')];
  return (
    <>
      {saved_at !== null && <Notice>{t('resumed')}</Notice>}
      <ol className="steps" aria-label={t('wizard')}>
        {names.map((name, i) => (
          <li key={name} aria-current={i === step ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <section className="panel" aria-label={names[step]}>
        {step === 0 && <What draft={draft} sheet={sheet} change={change} problem={tried ? what_problem : null} />}
        {step === 1 && (
          <Field label={t('grounds')} hint={t('grounds_hint', { n: length })} problem={tried || length > GROUNDS_CHARS_MAX ? grounds_problem : null} required>
            {(props) => <textarea {...props} rows={8} value={draft.grounds} onChange={(event) => change({ grounds: event.target.value })} />}
          </Field>
        )}
        {step === 2 && (
          <>
            <DraftFiles ids={draft.files} files={files} onKnown={setFiles} onRemove={(file) => change({ files: draft.files.filter((id) => id !== file.id) })} />
            <FilePicker
              onSent={(file) => {
                setFiles((before) => [...before, file]);
                setDraft((before) => {
                  const after = { ...before, files: [...before.files, file.id] };
                  save(after);
                  return after;
                });
              }}
            />
          </>
        )}
        {step === 3 && (
          <>
            <p>{t('check')}</p>
            <Facts>
              <Fact name={t('kind')}>{t(`kind.${draft.kind}`)}</Fact>
              <Fact name={t('about')}>{draft.entry !== null ? t('about_entry', { n: draft.entry }) : `${t('about_file')} ${draft.listing ?? ''}`}</Fact>
              <div className="wide">
                <dt>{t('grounds')}</dt>
                <dd>{draft.grounds}</dd>
              </div>
              <Fact name={s('files')}>{draft.files.length}</Fact>
            </Facts>
            <Refusal act={act} />
          </>
        )}
        <p className="toolbar">
          {step > 0 && (
            <button type="button" onClick={() => setStep(step - 1)}>
              {t('back')}
            </button>
          )}
          {step < 3 ? (
            <button type="button" className="primary" onClick={next}>
              {t('next')}
            </button>
          ) : (
            <button type="button" className="primary" disabled={act.busy} onClick={submit}>
              {act.busy ? s('sending') : t('submit')}
            </button>
          )}
          <button
            type="button"
            className="plain"
            onClick={() => {
              stop();
              remove('/api/v1/appeal-draft').then(
                () => go({ screen: 'score', id: null }),
                () => go({ screen: 'score', id: null }),
              );
            }}
          >
            {t('discard')}
          </button>
        </p>
        <p className="quiet" aria-live="polite">
          {problem !== null ? t('save_failed', { why: problem[language] }) : saved !== null ? t('saved', { when: minute(saved) }) : ''}
        </p>
      </section>
    </>
  );
}

function What({ draft, sheet, change, problem }: { draft: Draft; sheet: Statement; change: (part: Partial<Draft>) => void; problem: string | null }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [rules] = useRules();
  const lines = sheet.lines.filter(({ fate }) => fate === 'counted');
  const name = (code: string | null) => {
    const rule = code === null || rules.kind !== 'ready' ? null : ruleOf(rules.value, code);
    return rule === null ? (code ?? '') : language === 'zh' ? rule.name_zh : rule.name_en;
  };
  return (
    <>
      <Choice
        label={t('kind')}
        value={draft.kind}
        options={APPEAL_KINDS.map((kind) => [kind, t(`kind.${kind}`)] as const)}
        onChange={(kind) => change({ kind: kind === 'repair' ? 'repair' : 'objection' })}
      />
      <p className="quiet">{t(`kind_hint_${draft.kind}`)}</p>
      {draft.listing !== null ? (
        <p>
          {t('about_file')} <span className="code">{draft.listing}</span>
        </p>
      ) : lines.length === 0 ? (
        <Notice>
          {t('what_none')} <Goto to={{ screen: 'score', id: null }}>{t('to_score')}</Goto>
        </Notice>
      ) : (
        <Field label={t('what')} hint={t('what_hint')} problem={problem} required>
          {(props) => (
            <select {...props} value={draft.entry === null ? '' : String(draft.entry)} onChange={(event) => change({ entry: event.target.value === '' ? null : Number(event.target.value) })}>
              <option value="" />
              {lines.map((line) => (
                <option key={line.seq} value={line.seq}>
                  {minute(line.occurred_at)} {name(line.rule)} −{points(line.counted_cp)} {line.case_no}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </>
  );
}

/** The files a draft names. Those of an earlier visit are known by number only: the service keeps them. */
function DraftFiles({ ids, files, onKnown, onRemove }: { ids: readonly string[]; files: readonly Attachment[]; onKnown: (files: Attachment[]) => void; onRemove: (file: Attachment) => void }) {
  const [ready, setReady] = useState(false);
  const missing = ids.filter((id) => !files.some((file) => file.id === id)).join(' ');
  useEffect(() => {
    let there = true;
    const unknown = missing === '' ? [] : missing.split(' ');
    // One at a time: there are at most twenty.
    void Promise.all(unknown.map((id) => get(`/api/v1/attachments/${id}/facts`, attachmentFacts).catch(() => null))).then((found) => {
      if (!there) return;
      const known = found.flatMap((file) => file ?? []);
      if (known.length > 0) onKnown([...files, ...known]);
      setReady(true);
    });
    return () => {
      there = false;
    };
  }, [missing]);
  if (!ready) return <Loading />;
  return <FileList files={files.filter((file) => ids.includes(file.id))} onRemove={onRemove} />;
}
