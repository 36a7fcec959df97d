import { useEffect, useRef, useState } from 'react';
import { asProblem, post, type Problem } from '../api/client';
import { type PendingTerminal, terminalDecided } from '../api/types';
import { useText } from '../i18n/text';

/** Binds a waiting terminal to a registered truck. Nothing on the page changes before the service has answered. */
export function AdmitForm({ waiting, decided }: { waiting: PendingTerminal; decided: (code: string | null) => void }) {
  const { t, language } = useText();
  const [plate, setPlate] = useState(waiting.plate);
  const [profile, setProfile] = useState('');
  const [withCode, setWithCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | 'empty' | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = async () => {
    if (busy) return;
    if (plate.trim() === '') {
      setProblem('empty');
      field.current?.focus();
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const body = { plate: plate.trim(), code: withCode, ...(profile.trim() === '' ? {} : { profile: profile.trim() }) };
      const { code } = await post(`/api/v1/terminals/${encodeURIComponent(waiting.terminal)}/admit`, body, terminalDecided);
      decided(code);
    } catch (thrown) {
      setProblem(asProblem(thrown));
      setBusy(false);
    }
  };
  const id = `admit-${waiting.terminal}`;

  return (
    <form
      className="decision"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor={id}>{t('terminals.plate')}</label>
      <input
        id={id}
        ref={field}
        value={plate}
        maxLength={20}
        onChange={(event) => setPlate(event.target.value)}
        aria-describedby={`${id}-problem`}
        aria-invalid={problem === 'empty'}
      />
      <label htmlFor={`${id}-profile`}>{t('terminals.profile')}</label>
      <input id={`${id}-profile`} value={profile} maxLength={60} onChange={(event) => setProfile(event.target.value)} />
      <label className="check">
        <input type="checkbox" checked={withCode} onChange={(event) => setWithCode(event.target.checked)} />
        {t('terminals.with_code')}
      </label>
      <div className="buttons">
        <button type="submit" className="primary" aria-disabled={busy}>
          {t(busy ? 'terminals.admitting' : 'terminals.admit')}
        </button>
      </div>
      <p id={`${id}-problem`} className="problem" role="alert">
        {problem === 'empty' ? t('terminals.plate_empty') : problem && t('terminals.failed', { what: problem[language] })}
      </p>
    </form>
  );
}
