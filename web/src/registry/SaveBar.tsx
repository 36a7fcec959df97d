import { useState } from 'react';
import { asProblem, type Problem } from '../api/client';
import { useLanguage, useTexts } from '../i18n/define';
import { minute } from '../format/time';
import { Field } from '../ui/Field';
import { Notice } from '../ui/Notice';
import type { Stored, Wish } from './api';
import { texts } from './texts';

/** From when a change holds and why, the button that stores it, and what came of it. What was typed stays when it is refused. */
export function SaveBar({
  save,
  onSaved,
  cancel,
  label,
  danger = false,
}: {
  save: (wish: Wish) => Promise<Stored>;
  onSaved: (stored: Stored) => void;
  cancel?: () => void;
  label?: string;
  danger?: boolean;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [wish, setWish] = useState<Wish>({ valid_from: '', reason: '' });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [done, setDone] = useState<Stored | null>(null);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    setDone(null);
    try {
      const stored = await save(wish);
      setDone(stored);
      onSaved(stored);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="save-bar">
      <div className="form-row">
        <Field label={t('valid_from')} hint={t('valid_from_hint')}>
          {(props) => <input {...props} type="date" value={wish.valid_from} onChange={(event) => setWish({ ...wish, valid_from: event.target.value })} />}
        </Field>
        <Field label={t('reason')}>
          {(props) => <input {...props} type="text" maxLength={400} value={wish.reason} onChange={(event) => setWish({ ...wish, reason: event.target.value })} />}
        </Field>
      </div>
      {problem !== null && (
        <Notice kind="bad" alert>
          <p>{problem[language]}</p>
        </Notice>
      )}
      {done !== null && (
        <Notice kind="good" alert>
          <p>{done.version === null ? t('unchanged') : t('saved', { from: minute(Date.parse(done.in_force)) })}</p>
          {done.warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </Notice>
      )}
      <p className="acts">
        <button type="button" className={danger ? 'danger' : 'primary'} disabled={busy} onClick={() => void submit()}>
          {label ?? t('save')}
        </button>
        {cancel !== undefined && (
          <button type="button" onClick={cancel}>
            {t('cancel')}
          </button>
        )}
      </p>
    </div>
  );
}
