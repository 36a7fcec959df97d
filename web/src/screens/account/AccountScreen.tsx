import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { useOfficer } from '../../shell/officer';
import { Notice } from '../../ui/Notice';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import './account.css';
import { own } from './api';
import { FactorPart } from './FactorPart';
import { PasswordPart } from './PasswordPart';
import { SessionsPart } from './SessionsPart';
import { texts } from './texts';
import { TokensPart } from './TokensPart';

/** The own account: password, second factor, browsers signed in, tokens. */
export default function AccountScreen() {
  const t = useTexts(texts);
  const officer = useOfficer();
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched('/api/v1/account', own, version);
  const changed = () => setVersion((n) => n + 1);
  return (
    <div className="account">
      {officer.must_enrol && (
        <Notice kind="warn" alert>
          {t('must_enrol')}
        </Notice>
      )}
      <Loaded data={data} retry={retry}>
        {(account) => (
          <>
            <section className="panel" aria-labelledby="account-who">
              <h2 id="account-who">{t('who')}</h2>
              <dl className="facts">
                <dt>{t('name')}</dt>
                <dd>{account.name}</dd>
                <dt>{t('role')}</dt>
                <dd>{t.word('role', account.role)}</dd>
                <dt>{t('authority')}</dt>
                <dd>{t.word('authority', account.authority)}</dd>
                <dt>{t('single_sign_on')}</dt>
                <dd>{account.single_sign_on ?? t('none')}</dd>
              </dl>
            </section>
            <PasswordPart account={account} changed={changed} />
            <FactorPart account={account} changed={changed} />
          </>
        )}
      </Loaded>
      <SessionsPart path="/api/v1/account/sessions" version={version} />
      {!officer.must_enrol && <TokensPart path="/api/v1/account/tokens" />}
    </div>
  );
}
