import { points } from '../../format/points';
import { useLanguage, useTexts } from '../../i18n/define';
import { Fact, Facts, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Plate } from '../../ui/Plate';
import { RuleName } from '../../ui/RuleName';
import { ruleOf, useRules } from '../../ui/rules';
import { When } from '../../ui/When';
import type { StatementLine } from './api';
import { texts } from './texts';

const FATES = { counted: 'warn', same_incident: 'quiet', reversed: 'good' } as const;

/** A thousandth's number: 1500 → `1.5`. */
export function permille(n: number): string {
  return String(n / 1_000);
}

/** One deduction: closed its date, rule and points; open everything it follows from. */
export function Line({ line }: { line: StatementLine }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const { role } = useOfficer();
  const [rules] = useRules();
  const rule = line.rule === null || rules.kind !== 'ready' ? null : ruleOf(rules.value, line.rule);
  const k = line.k_num === line.k_den ? '1' : `${line.k_num}/${line.k_den}`;
  const fate = line.fate === 'counted' || line.fate === 'same_incident' || line.fate === 'reversed' ? FATES[line.fate] : 'info';
  return (
    <details className="score-line" data-line={line.seq}>
      <summary>
        <When at={line.occurred_at} precise="day" />
        <span>{rule === null ? line.rule : language === 'zh' ? rule.name_zh : rule.name_en}</span>
        <Sign kind={fate}>
          {t.word('fate', line.fate)}
          {line.fate_seq !== null && ` #${line.fate_seq}`}
        </Sign>
        <span className="number">−{points(line.counted_cp)}</span>
      </summary>
      <div>
        <Facts>
          {line.rule !== null && (
            <Fact name={s('rule')}>
              <RuleName code={line.rule} />
            </Fact>
          )}
          <Fact name={t('occurred')}>
            <When at={line.occurred_at} />
          </Fact>
          {line.plate !== null && (
            <Fact name={s('truck')}>
              <Plate plate={line.plate} />
            </Fact>
          )}
          {line.severity !== null && <Fact name={t('severity')}>{t.word('severity', line.severity)}</Fact>}
          {line.case_no !== null && (
            <Fact name={t('case')}>
              <Goto to={{ screen: 'cases', id: line.case_no }} className="row-link">
                <span className="code">{line.case_no}</span>
              </Goto>
            </Fact>
          )}
          {line.decision_no !== null && <Fact name={t('decision')}>{line.decision_no}</Fact>}
          {line.publicity_end !== null && <Fact name={t('lapse')}>{line.publicity_end}</Fact>}
          {line.table_version !== null && <Fact name={t('table')}>{line.table_version}</Fact>}
          <div className="wide">
            <dt>{t('basis')}</dt>
            <dd>{line.legal_basis.join('；')}</dd>
          </div>
          <div className="wide">
            <dt>{t('formula')}</dt>
            <dd>
              {t('formula_says', { base: points(line.base_cp), esc: permille(line.esc_permille), k, fleet: line.fleet_n, amount: points(line.amount_cp) })}
              {line.repaired_cp !== 0 && `，${t('repaired', { n: points(line.repaired_cp) })}`}
            </dd>
          </div>
          <div className="wide">
            <dt>{t('with_without')}</dt>
            <dd>{t('with_without_says', { with: points(line.with_cp), without: points(line.without_cp), band: s.word('band', line.band_without) })}</dd>
          </div>
        </Facts>
        <p className="toolbar no-print">
          {line.case_no !== null && (
            <Goto to={{ screen: 'cases', id: line.case_no }} className="button">
              {t('evidence')}
            </Goto>
          )}
          {role === 'carrier' &&
            line.fate === 'counted' &&
            (['objection', 'repair'] as const).map((kind) => (
              <Goto key={kind} to={{ screen: 'appeals', id: 'new', state: { entry: String(line.seq), kind } }} className="button">
                {t(kind === 'objection' ? 'object' : 'repair')}
              </Goto>
            ))}
        </p>
      </div>
    </details>
  );
}
