import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { asProblem, post, type Problem } from '../api/client';
import { type Clue, clue as clueDecoder } from '../api/types';
import { useText } from '../i18n/text';
import { useFeed } from '../live/useLive';

export type Outcome = 'confirm' | 'reject';

/** Longest reason the form takes, in characters. */
export const REASON_CHARS_MAX = 500;

const QUICK = {
  confirm: ['reason.confirm.1', 'reason.confirm.2'],
  reject: ['reason.reject.1', 'reason.reject.2'],
} as const;

/** Asks the reason and submits the decision. Nothing on the page changes before the service has answered. */
export function DecisionForm({
  clue,
  outcome,
  onDecided,
  onCancel,
}: {
  clue: Clue;
  outcome: Outcome;
  onDecided: () => void;
  onCancel: () => void;
}) {
  const { t, language } = useText();
  const feed = useFeed();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | 'empty' | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), [outcome]);

  const submit = async () => {
    if (busy) return;
    if (reason.trim() === '') {
      setProblem('empty');
      field.current?.focus();
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const decided = await post(`/api/v1/clues/${encodeURIComponent(clue.id)}/${outcome}`, { reason: reason.trim() }, clueDecoder);
      feed.takeClue(decided);
      onDecided();
    } catch (thrown) {
      const failure = asProblem(thrown);
      setProblem(failure);
      setBusy(false);
      // Decided or withdrawn meanwhile: show how it stands now.
      if (failure.status === 409) void feed.load('clues');
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void submit();
    } else if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onCancel();
    }
  };
  const id = `reason-${clue.id}`;

  return (
    <form
      className="decision"
      onKeyDown={onKey}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor={id}>{t('clue.reason')}</label>
      <textarea
        id={id}
        ref={field}
        rows={2}
        maxLength={REASON_CHARS_MAX}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        aria-describedby={`${id}-problem`}
        aria-invalid={problem === 'empty'}
      />
      <div className="quick" role="group" aria-label={t('clue.quick')}>
        {QUICK[outcome].map((key) => (
          <button key={key} type="button" className="plain" onClick={() => setReason(t(key))}>
            {t(key)}
          </button>
        ))}
      </div>
      <div className="buttons">
        <button type="submit" className={outcome === 'confirm' ? 'danger' : 'primary'} aria-disabled={busy}>
          {busy ? t('clue.submitting') : t(outcome === 'confirm' ? 'clue.submit_confirm' : 'clue.submit_reject')}
        </button>
        <button type="button" onClick={onCancel} disabled={busy}>
          {t('clue.cancel')}
        </button>
      </div>
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem === 'empty' ? t('clue.reason_empty') : problem && t('clue.failed', { what: problem[language] })}
      </p>
    </form>
  );
}
