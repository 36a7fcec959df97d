import type { Listing } from '../api/types';
import { ruleName } from '../clues/facts';
import { points } from '../format/points';
import { dateTime } from '../format/time';
import { useText } from '../i18n/text';
import { useFeed, useLive } from '../live/useLive';
import { PanelData } from '../ui/PanelData';

/** Who is on the black list, since when and why: the same as the public page and the feed say. */
export function BlacklistPanel() {
  const { t } = useText();
  const feed = useFeed();
  const data = useLive((model) => model.blacklist);
  return (
    <section className="panel blacklist-panel" data-panel="blacklist" aria-labelledby="blacklist-title">
      <h2 id="blacklist-title">{t('blacklist.title')}</h2>
      <PanelData data={data} retry={() => void feed.load('blacklist')}>
        {({ listed, as_of }) => (
          <>
            {listed.length === 0 && <p className="state">{t('blacklist.none')}</p>}
            <ul className="listings" aria-label={t('blacklist.title')}>
              {listed.map((listing) => (
                <ListingRow key={listing.uscc} listing={listing} />
              ))}
            </ul>
            <p className="quiet">{t('blacklist.as_of', { time: dateTime(as_of) })}</p>
          </>
        )}
      </PanelData>
      <ul className="links">
        <li>
          <a href="/blacklist">{t('blacklist.page')}</a>
        </li>
        <li>
          <a href="/feed/blacklist.jsonl">{t('blacklist.jsonl')}</a>
        </li>
        <li>
          <a href="/feed/blacklist.csv">{t('blacklist.csv')}</a>
        </li>
      </ul>
    </section>
  );
}

function ListingRow({ listing }: { listing: Listing }) {
  const { t, language } = useText();
  return (
    <li data-listing={listing.uscc}>
      <h3>{listing.name}</h3>
      <p className="code quiet">{listing.uscc}</p>
      <dl>
        <dt>{t('blacklist.score')}</dt>
        <dd className="score">{points(listing.score_centi)}</dd>
        <dt>{t('blacklist.since')}</dt>
        <dd>{dateTime(listing.since)}</dd>
        <dt>{t('blacklist.seq')}</dt>
        <dd>{listing.feed_seq}</dd>
      </dl>
      <details>
        <summary>
          {t('blacklist.cause')} <span className="count">{listing.cause.length}</span>
        </summary>
        <ul className="causes">
          {listing.cause.map((cause) => (
            <li key={cause.case_no}>
              {ruleName(cause, language)} {cause.rule} −{points(Math.abs(cause.amount_centi))}
              <br />
              <span className="quiet">
                {dateTime(cause.occurred_at)} · {t('blacklist.case')} <span className="code">{cause.case_no}</span>
              </span>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}
