import type { ComponentType } from 'react';
import { useTexts } from '../../i18n/define';
import { useAddressState } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Notice } from '../../ui/Notice';
import '../account/account.css';
import './admin.css';
import { AuditPart } from './AuditPart';
import { HealthPart } from './HealthPart';
import { PeoplePart } from './PeoplePart';
import { RulesPart } from './RulesPart';
import { SettingsPart } from './SettingsPart';
import { texts } from './texts';

const PARTS: readonly { id: 'people' | 'audit' | 'rules' | 'health' | 'settings'; Part: ComponentType }[] = [
  { id: 'people', Part: PeoplePart },
  { id: 'audit', Part: AuditPart },
  { id: 'rules', Part: RulesPart },
  { id: 'health', Part: HealthPart },
  { id: 'settings', Part: SettingsPart },
];

/** Who may do what, and what changed. The part that is open stands in the address. */
export default function AdminScreen() {
  const t = useTexts(texts);
  const { role } = useOfficer();
  const [asked] = useAddressState('part');
  const mine = PARTS.filter(({ id }) => id !== 'people' || role === 'admin');
  const open = mine.find(({ id }) => id === asked) ?? mine[0];
  const Part = open?.Part;
  return (
    <div className="administration">
      <nav aria-label={t('parts')} className="admin-parts">
        {mine.map(({ id }) => (
          <Goto key={id} to={{ screen: 'admin', id: null, state: { part: id, cursor: null, who: null, what: null, subject: null, from: null, until: null } }} className="button" current={id === open?.id}>
            {t(`part.${id}`)}
          </Goto>
        ))}
      </nav>
      {asked === 'people' && role !== 'admin' && <Notice>{t('only_admin')}</Notice>}
      {Part !== undefined && <Part />}
    </div>
  );
}
