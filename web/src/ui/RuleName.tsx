import { useLanguage } from '../i18n/define';
import { Goto } from '../shell/Goto';
import { ruleOf, useRules } from './rules';

/** A rule by its name and code, with the way to what it says: points, law, repetition, evidence. */
export function RuleName({ code, bare = false }: { code: string; bare?: boolean }) {
  const language = useLanguage();
  const [rules] = useRules();
  const rule = rules.kind === 'ready' ? ruleOf(rules.value, code) : null;
  const name = rule === null ? null : language === 'zh' ? rule.name_zh : rule.name_en;
  return (
    <Goto to={{ screen: 'rules', id: code }} className="rule-name">
      {name !== null && !bare && <span>{name} </span>}
      <span className="code">{code}</span>
    </Goto>
  );
}
