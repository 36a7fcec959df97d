import { useState } from 'react';
import { asProblem, post, type Problem } from '../api/client';
import { terminalDecided } from '../api/types';
import { useText } from '../i18n/text';

/** Takes a terminal's right, after asking once more. */
export function RevokeButton({ terminal, decided }: { terminal: string; decided: () => void }) {
  const { t, language } = useText();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const revoke = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await post(`/api/v1/terminals/${encodeURIComponent(terminal)}/revoke`, {}, terminalDecided);
      setAsked(false);
      decided();
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
    setBusy(false);
  };
  if (!asked) {
    return (
      <button type="button" className="plain" aria-label={`${t('terminals.revoke')} ${terminal}`} onClick={() => setAsked(true)}>
        {t('terminals.revoke')}
      </button>
    );
  }
  return (
    <div className="notice">
      <p>{t('terminals.revoke_ask')}</p>
      <div className="buttons">
        <button type="button" className="danger" aria-disabled={busy} onClick={() => void revoke()}>
          {t('terminals.revoke_sure')}
        </button>
        <button type="button" onClick={() => setAsked(false)} disabled={busy}>
          {t('clue.cancel')}
        </button>
      </div>
      <p className="problem" role="alert">
        {problem && t('terminals.failed', { what: problem[language] })}
      </p>
    </div>
  );
}
