import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { usePlace } from '../../shell/address';
import { useSessionControl } from '../../shell/officer';
import { Notice } from '../../ui/Notice';
import { useFetched } from '../../ui/useFetched';
import { invitationIn, options } from './api';
import { InvitationForm } from './InvitationForm';
import { PasswordForm } from './PasswordForm';
import './sign-in.css';
import { texts } from './texts';
import { TokenForm } from './TokenForm';

/** The secret of a link leaves the address before anything else happens. */
function takeInvitation(): string | null {
  const secret = invitationIn(location.hash);
  if (secret !== null) history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  return secret;
}

/** Signing in: by name and password, by the city's single sign-on, by a token; or setting a password by a link. */
export default function SignInScreen() {
  const t = useTexts(texts);
  const { state } = usePlace();
  const { state: session } = useSessionControl();
  const [invitation, setInvitation] = useState(takeInvitation);
  const [note, setNote] = useState<string | null>(null);
  const [how] = useFetched('/api/v1/session/options', options);
  const single_sign_on = how.kind === 'ready' ? how.value.single_sign_on : null;
  if (invitation !== null) {
    const done = (says: string | null) => {
      setNote(says);
      setInvitation(null);
    };
    return <InvitationForm secret={invitation} done={done} />;
  }
  const sign_on = state['sign_on'];
  return (
    <section className="panel sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{t('title')}</h2>
      {session.kind === 'out' && session.ended && <Notice kind="warn">{t('ended')}</Notice>}
      {session.kind === 'out' && session.refusal !== null && <RefusedToken />}
      {sign_on !== undefined && (
        <Notice kind="bad" alert>
          {t.word('sign_on', sign_on).replace('{subject}', state['subject'] ?? '')}
        </Notice>
      )}
      {note !== null && <Notice kind="good">{note}</Notice>}
      <PasswordForm />
      {single_sign_on !== null && (
        <p className="other-way">
          <span className="quiet">{t('or')}</span>{' '}
          <a className="button" href="/api/v1/session/single-sign-on">
            {t('single_sign_on', { name: single_sign_on })}
          </a>
        </p>
      )}
      <TokenForm />
      <p className="quiet">{t('forgot')}</p>
      <p className="quiet">{t('public')}</p>
    </section>
  );
}

/** The token of the address was refused. */
function RefusedToken() {
  const t = useTexts(texts);
  const { language } = usePlace();
  const { state } = useSessionControl();
  if (state.kind !== 'out' || state.refusal === null) return null;
  return (
    <Notice kind="bad" alert>
      {t('refused', { what: state.refusal[language] })}
    </Notice>
  );
}
