import type { ReactNode } from 'react';
import type { Clue } from '../../api/types';
import { historyText } from '../../clues/history';
import { type PlaceNames, readings, sentence } from '../../clues/facts';
import { points } from '../../format/points';
import { dateTime, span } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { Goto } from '../../shell/Goto';
import { Notice } from '../../ui/Notice';
import type { PermitText, Review, RuleText } from './api';
import { texts } from './texts';

/** The fact, and beside it what it is measured by: the permit's text, the rule with its version and its inputs. */
export function FactSheet({ clue, review, names }: { clue: Clue; review: Review | null; names: PlaceNames }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return (
    <div className="fact-sheet">
      <section aria-labelledby="fact-title">
        <h3 id="fact-title">{t('facts')}</h3>
        <p className="facts">{sentence(clue, names, language)}</p>
        <dl>
          <dt>{t('when')}</dt>
          <dd>{span(clue.start, clue.end)}</dd>
          <dt>{t('carrier')}</dt>
          <dd>{clue.carrier_name ?? t('no_carrier')}</dd>
          <dt>{t('where')}</dt>
          <dd className="number">
            {clue.lat.toFixed(5)}, {clue.lon.toFixed(5)}
          </dd>
          <dt>{t('points')}</dt>
          <dd className="number">{points(clue.points_centi)}</dd>
        </dl>
        <Goto to={{ screen: 'replay', id: clue.plate, state: { from: String(clue.start - 600_000), to: String(clue.end + 600_000) } }}>{t('replay')}</Goto>
        {clue.disproved === true && <Notice kind="warn">{t('disproved')}</Notice>}
        <Outcome clue={clue} />
      </section>
      {review !== null && <Permit permit={review.permit} />}
      {review !== null && <Rule rule={review.rule} clue={clue} />}
      {review !== null && review.clue.history.length > 0 && (
        <details>
          <summary>
            {t('history')} <span className="count">{review.clue.history.length}</span>
          </summary>
          <ol className="history">
            {review.clue.history.map((entry, i) => (
              <li key={i}>
                {dateTime(entry.at)} {historyText(entry.what, language)} · {entry.by === null || entry.by === 'judge' ? t('by_judge') : entry.by}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}

function Outcome({ clue }: { clue: Clue }) {
  const t = useTexts(texts);
  if (clue.state === 'withdrawn') return <p className="outcome">{t('outcome_withdrawn')}</p>;
  if (clue.decision === null) return null;
  const { outcome, by, at, reason, ledger_seq, points_centi } = clue.decision;
  return (
    <p className={`outcome ${outcome}`} data-outcome={outcome}>
      {t(`outcome_${outcome}`, { by, at: dateTime(at), reason })}
      {outcome === 'confirmed' && (
        <strong>{ledger_seq === null ? t('not_deducted') : t('deducted', { points: points(Math.abs(points_centi ?? 0)), seq: ledger_seq })}</strong>
      )}
    </p>
  );
}

function Permit({ permit }: { permit: PermitText | null }) {
  const t = useTexts(texts);
  const row = (name: string, value: ReactNode) => (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
  return (
    <section aria-labelledby="permit-title" data-permit={permit?.number ?? 'none'}>
      <h3 id="permit-title">{t('permit')}</h3>
      {permit === null ? (
        <p>{t('no_permit')}</p>
      ) : (
        <dl>
          {row(t('permit_number'), permit.number)}
          {row(t('permit_holder'), permit.carrier)}
          {row(t('permit_trucks'), t(permit.has_this_truck ? 'permit_has' : 'permit_has_not', { n: permit.trucks }))}
          {row(
            t('permit_legs'),
            permit.legs.map((leg, i) => (
              <span key={i} className="line">
                {leg.source} → {leg.sink}（{leg.route ?? t('any_route')}）
              </span>
            )),
          )}
          {row(t('permit_class'), permit.waste_class)}
          {row(t('permit_volume'), t('m3', { n: permit.volume_m3 }))}
          {row(t('permit_valid'), `${span(permit.valid_from, permit.valid_until)} · ${t(permit.held ? 'permit_held' : 'permit_held_not')}`)}
          {row(t('permit_hours'), permit.hours.length === 0 ? t('always') : permit.hours.map(({ days, from, to }) => `${days.join(' ')} ${from}–${to}`).join('；'))}
          {permit.zone_passes.length > 0 && row(t('permit_passes'), permit.zone_passes.join('、'))}
        </dl>
      )}
    </section>
  );
}

function Rule({ rule, clue }: { rule: RuleText | null; clue: Clue }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const inputs = readings(clue.facts, language);
  const lines = (zh: string[], en: string[]) => (language === 'zh' ? zh : en);
  return (
    <section aria-labelledby="rule-title">
      <h3 id="rule-title">{t('rule')}</h3>
      {rule === null ? (
        <p>{t('no_rule')}</p>
      ) : (
        <dl>
          <dt>{rule.code}</dt>
          <dd>{language === 'zh' ? rule.name_zh : rule.name_en}</dd>
          <dt>{t('rule_version')}</dt>
          <dd>
            {rule.version} · {t('rule_since', { from: rule.valid_from })}
          </dd>
          <dt>{t('basis')}</dt>
          <dd>{rule.legal_basis.join('；')}</dd>
          <dt>{t('needs')}</dt>
          <dd>{lines(rule.evidence_zh, rule.evidence_en).join('；')}</dd>
          {rule.note_zh !== '' && (
            <>
              <dt>{t('note')}</dt>
              <dd>{language === 'zh' ? rule.note_zh : rule.note_en}</dd>
            </>
          )}
        </dl>
      )}
      {inputs.length > 0 && (
        <details open>
          <summary>{t('readings')}</summary>
          <dl className="readings">
            {inputs.map(({ name, value }, i) => (
              <div key={i}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}
