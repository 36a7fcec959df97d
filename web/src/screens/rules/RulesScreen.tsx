/** The catalogue as a readable page: every rule and point explained. Links from everywhere a rule's code shows lead here. */
import { useEffect } from 'react';
import { points } from '../../format/points';
import { useLanguage, useTexts } from '../../i18n/define';
import { Fact, Facts } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useAddressState, usePlace } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Field } from '../../ui/Field';
import { type Rule, useRules } from '../../ui/rules';
import { Empty, Loaded } from '../../ui/states';
import { texts } from './texts';

/** Whether a rule is meant by what was typed. */
export function fits(rule: Rule, typed: string): boolean {
  const wanted = typed.trim().toLowerCase();
  return wanted === '' || [rule.code, rule.name_zh, rule.name_en, ...rule.legal_basis].some((text) => text.toLowerCase().includes(wanted));
}

export default function RulesScreen() {
  const t = useTexts(texts);
  const { id } = usePlace();
  const [typed, setTyped] = useAddressState('q');
  const [rules, retry] = useRules();
  const ready = rules.kind === 'ready';
  useEffect(() => {
    if (ready && id !== null) document.querySelector(`.rule-card.chosen`)?.scrollIntoView();
  }, [ready, id]);
  return (
    <div className="office">
      <p>{t('intro')}</p>
      <Field label={t('search')} hint={t('search_hint')}>
        {(props) => <input {...props} type="search" value={typed ?? ''} onChange={(event) => setTyped(event.target.value === '' ? null : event.target.value)} />}
      </Field>
      <Loaded data={rules} retry={retry}>
        {(all) => {
          const shown = all.filter((rule) => fits(rule, typed ?? ''));
          if (shown.length === 0) return <Empty says={t('none')} />;
          return (
            <div className="rule-cards">
              {shown.map((rule) => (
                <Card key={`${rule.code} ${rule.valid_from}`} rule={rule} chosen={id === rule.code || id === rule.family} />
              ))}
            </div>
          );
        }}
      </Loaded>
    </div>
  );
}

function Card({ rule, chosen }: { rule: Rule; chosen: boolean }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const zh = language === 'zh';
  const evidence = zh ? rule.evidence_zh : rule.evidence_en;
  const note = zh ? rule.note_zh : rule.note_en;
  const comma = zh ? '、' : ', ';
  return (
    <article className={chosen ? 'rule-card chosen' : 'rule-card'} aria-label={`${rule.code} ${zh ? rule.name_zh : rule.name_en}`}>
      <h2>
        <Goto to={{ id: rule.code }} className="row-link">
          <span className="code">{rule.code}</span> {zh ? rule.name_zh : rule.name_en}
        </Goto>
      </h2>
      <Facts>
        <Fact name={t('points')}>
          <strong>{points(rule.base_centi)}</strong>
        </Fact>
        <Fact name={t('vehicle')}>{points(rule.vehicle_centi)}</Fact>
        <Fact name={s('authority')}>
          {s.word('authority', rule.authority)}
          {rule.joint.length > 0 && `（${t('joint', { who: rule.joint.map((word) => s.word('authority', word)).join(comma) })}）`}
        </Fact>
        <Fact name={t('class')}>{t.word('class', rule.class)}</Fact>
        <Fact name={t('severity')}>
          {t.word('severity', rule.severity)}，{t('publicity', { n: rule.publicity_months_max })}
        </Fact>
        <Fact name={t('repeat')}>{t.word('repeat', rule.repeat)}</Fact>
        <Fact name={t('once')}>{t.word('once', rule.once_per ?? 'always')}</Fact>
        <Fact name={t('counts')}>{t.word('counts', rule.counts_on)}</Fact>
        <Fact name={t('detectors')}>{rule.detectors.map((word) => t.word('detector', word)).join(comma)}</Fact>
        <Fact name={t('valid')}>{rule.valid_to === null ? t('valid_open', { from: rule.valid_from }) : t('valid_until', { from: rule.valid_from, to: rule.valid_to })}</Fact>
        <Fact name={t('table')}>{rule.table_version}</Fact>
        {rule.circumstances.length > 0 && (
          <Fact name={t('circumstances')}>{rule.circumstances.map(({ name_zh, word, base_centi }) => `${zh ? name_zh : word} ${points(base_centi)}`).join(comma)}</Fact>
        )}
        {rule.hard_trigger !== 'none' && <Fact name={t('hard')}>{t.word('hard', rule.hard_trigger)}</Fact>}
        {rule.highest_of.length > 0 && <Fact name={t('once')}>{t('highest', { codes: rule.highest_of.join(comma) })}</Fact>}
        {rule.added_to.length > 0 && <Fact name={t('once')}>{t('added', { codes: rule.added_to.join(comma) })}</Fact>}
        <div className="wide">
          <dt>{t('law')}</dt>
          <dd>{rule.legal_basis.join('；')}</dd>
        </div>
        <div className="wide">
          <dt>{t('evidence')}</dt>
          <dd>{evidence.join('；')}</dd>
        </div>
        {note !== '' && (
          <div className="wide">
            <dt>{t('note')}</dt>
            <dd>{note}</dd>
          </div>
        )}
        <div className="wide">
          <dt>{t('source')}</dt>
          <dd>{rule.source}</dd>
        </div>
      </Facts>
    </article>
  );
}
