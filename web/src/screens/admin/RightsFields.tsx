import { useTexts } from '../../i18n/define';
import { Field } from '../../ui/Field';
import { AUTHORITY_WORDS, ROLE_WORDS } from './api';
import { texts } from './texts';

/** What a person may do. */
export interface Rights {
  role: string;
  authority: string;
  company: string;
}

/** Role, authority and, for a company's person, the company. */
export function RightsFields({ rights, change }: { rights: Rights; change: (rights: Rights) => void }) {
  const t = useTexts(texts);
  return (
    <>
      <Field label={t('role')}>
        {(props) => (
          <select {...props} value={rights.role} onChange={(event) => change({ ...rights, role: event.target.value })} data-field="role">
            {ROLE_WORDS.map((word) => (
              <option key={word} value={word}>
                {t(`role.${word}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('authority')}>
        {(props) => (
          <select {...props} value={rights.authority} onChange={(event) => change({ ...rights, authority: event.target.value })}>
            {AUTHORITY_WORDS.map((word) => (
              <option key={word} value={word}>
                {t(`authority.${word}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {rights.role === 'carrier' && (
        <Field label={t('company')} hint={t('company_hint')}>
          {(props) => <input {...props} value={rights.company} maxLength={18} onChange={(event) => change({ ...rights, company: event.target.value })} />}
        </Field>
      )}
    </>
  );
}
