import { type FormEvent, useEffect, useRef, useState } from 'react';
import { asProblem, type Problem } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { useSessionControl } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { texts } from './texts';
import { useWait } from './useWait';

const CODE_KINDS = ['/problems/code-needed', '/problems/wrong-code'];

/** Name and password, then the code where the second factor is on. What was typed stays when it is refused. */
export function PasswordForm() {
  const t = useTexts(texts);
  const language = useLanguage();
  const { signIn } = useSessionControl();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wait_s = useWait(problem);
  const code_box = useRef<HTMLInputElement>(null);
  const asks_code = code !== null;
  useEffect(() => {
    if (asks_code) code_box.current?.focus();
  }, [asks_code]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const lacks = name.trim() === '' || password === '' || code === '';
    setMissing(lacks);
    setProblem(null);
    if (lacks) return;
    setBusy(true);
    try {
      await signIn({ name: name.trim(), password, code });
    } catch (thrown) {
      const met = asProblem(thrown);
      if (met.kind === '/problems/code-needed' && code === null) setCode('');
      else setProblem(met);
      if (met.kind !== null && !CODE_KINDS.includes(met.kind)) setCode(null);
      setBusy(false);
    }
  };
  const another = () => {
    setCode(null);
    setPassword('');
    setProblem(null);
  };
  const says = missing ? t(asks_code ? 'empty_code' : 'empty') : problem === null ? null : t('refused', { what: problem[language] });
  return (
    <form className="sign-in-form" onSubmit={(event) => void submit(event)} noValidate>
      {!asks_code && (
        <>
          <Field label={t('name')}>
            {(props) => <input {...props} autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} data-field="name" />}
          </Field>
          <Field label={t('password')}>
            {(props) => (
              <input {...props} type="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} data-field="password" />
            )}
          </Field>
        </>
      )}
      {code !== null && (
        <Field label={t('code')} hint={t('code_hint')}>
          {(props) => (
            <input {...props} ref={code_box} autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} data-field="code" />
          )}
        </Field>
      )}
      <p className="problem" role="alert" data-part="refusal">
        {says}
        {wait_s > 0 && ` ${t('wait', { s: wait_s })}`}
      </p>
      <button type="submit" className="primary" disabled={busy || wait_s > 0} data-act="sign-in">
        {busy ? t('signing_in') : t('sign_in')}
      </button>
      {asks_code && (
        <button type="button" onClick={another}>
          {t('back')}
        </button>
      )}
    </form>
  );
}
