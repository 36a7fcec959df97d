import { type FormEvent, useState } from 'react';
import { post, remove } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { given, SCOPES, type TokenLine, tokens } from './api';
import { texts } from './texts';
import { useActing } from './useActing';

const DAYS_DEFAULT = 90;
const DAYS_MAX = 366;

/** Tokens of an account (the own one, or another's for an administrator): listed, given, taken back. */
export function TokensPart({ path }: { path: string }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(path, tokens, version);
  const { busy, problem, run } = useActing();
  const again = () => setVersion((n) => n + 1);
  const takeBack = (id: number) => run(async () => {
    await remove(`${path}/${id}`);
    again();
  });
  const columns: Column<TokenLine>[] = [
    { id: 'name', head: t('token_name'), names_row: true, cell: ({ name }) => name },
    { id: 'scopes', head: t('token_scopes'), cell: ({ scopes }) => scopes.map((scope) => t.word('scope', scope)).join('、') },
    { id: 'made', head: t('token_made'), cell: ({ made_at, made_by }) => (<><When at={made_at} precise="day" /> {made_by}</>) },
    { id: 'used', head: t('token_used'), cell: ({ used_at }) => (used_at === null ? t('token_unused') : <When at={used_at} />) },
    { id: 'until', head: t('token_until'), cell: ({ expires_at }) => (expires_at === null ? t('token_never') : <When at={expires_at} precise="day" />) },
    { id: 'state', head: t('token_state'), cell: ({ holds }) => t(holds ? 'token_holds' : 'token_over') },
    {
      id: 'act',
      head: t('token_act'),
      cell: ({ id, name, holds }) =>
        holds && (
          <button type="button" disabled={busy} aria-label={t('token_take_of', { name })} onClick={() => void takeBack(id)}>
            {t('token_take')}
          </button>
        ),
    },
  ];
  return (
    <section className="panel" aria-labelledby="account-tokens">
      <h2 id="account-tokens">{t('tokens')}</h2>
      <p className="quiet">{t('tokens_help')}</p>
      <Loaded data={data} retry={retry}>
        {({ tokens: rows }) =>
          rows.length === 0 ? <Empty says={t('tokens_none')} /> : <DataTable caption={t('tokens')} hide_caption columns={columns} rows={rows} rowKey={({ id }) => String(id)} />
        }
      </Loaded>
      {problem !== null && (
        <Notice kind="bad" alert>
          {problem[language]}
        </Notice>
      )}
      <GiveToken path={path} done={again} />
    </section>
  );
}

function GiveToken({ path, done }: { path: string; done: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { busy, problem, run } = useActing();
  const [name, setName] = useState('');
  const [days, setDays] = useState(DAYS_DEFAULT);
  const [scopes, setScopes] = useState<readonly string[]>(['read']);
  const [token, setToken] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const answer = await post(path, { name, scopes, days }, given);
      setToken(answer.token);
      setName('');
      done();
    });
  };
  const toggle = (scope: string) => setScopes((before) => (before.includes(scope) ? before.filter((s) => s !== scope) : [...before, scope]));
  return (
    <form className="narrow" onSubmit={submit} noValidate>
      <Field label={t('token_name')}>
        {(props) => <input {...props} value={name} maxLength={64} onChange={(event) => setName(event.target.value)} data-field="token-name" />}
      </Field>
      <fieldset className="scopes">
        <legend>{t('token_scopes')}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} /> {t.word('scope', scope)}
          </label>
        ))}
      </fieldset>
      <Field label={t('token_days')}>
        {(props) => <input {...props} type="number" min={1} max={DAYS_MAX} value={days} onChange={(event) => setDays(Number(event.target.value))} />}
      </Field>
      {problem !== null && (
        <p className="problem" role="alert">
          {problem[language]}
        </p>
      )}
      <button type="submit" disabled={busy || name.trim() === ''} data-act="give-token">
        {t('token_give')}
      </button>
      {token !== null && (
        <Notice kind="warn" alert>
          <p>{t('token_given')}</p>
          <p className="code" data-part="token">
            {token}
          </p>
          <button type="button" onClick={() => setToken(null)}>
            {t('token_kept')}
          </button>
        </Notice>
      )}
    </form>
  );
}
