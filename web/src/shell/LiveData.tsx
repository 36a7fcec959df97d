import { type ReactNode, useEffect, useMemo } from 'react';
import type { Session } from '../api/types';
import { useLanguage } from '../i18n/define';
import { say } from '../i18n/text';
import { Feed } from '../live/feed';
import { FeedContext } from '../live/useLive';
import { useAnnounce } from '../ui/announce';

/** The live data of the page, opened for who is there; what changes in it is told to who cannot see it. */
export function LiveData({ officer, idle, onSignedOut, children }: { officer: Session | null; idle: boolean; onSignedOut: () => void; children: ReactNode }) {
  const language = useLanguage();
  const announce = useAnnounce();
  const signed_in = officer !== null;
  const feed = useMemo(() => new Feed(), [signed_in]);
  useEffect(() => {
    if (idle) return;
    if (signed_in) {
      feed.openForOfficer({
        onSignedOut,
        onNews: (news) => announce([...news].map(([kind, n]) => say(language, `news.${kind}`, { n })).join(' ')),
      });
    } else feed.openForPublic();
    return () => feed.close();
    // The language of the page when it was opened says the news: changing it must not open the stream anew.
  }, [feed, signed_in, idle, onSignedOut]);
  return <FeedContext value={feed}>{children}</FeedContext>;
}
