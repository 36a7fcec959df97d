import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { Notice } from '../../ui/Notice';
import { type Link, wholeAddress } from './api';
import { texts } from './texts';

/** A link to be sent to someone, shown once. */
export function LinkReady({ name, link, done }: { name: string; link: Link; done: () => void }) {
  const t = useTexts(texts);
  const [copied, setCopied] = useState(false);
  const address = wholeAddress(link);
  const copy = () => void navigator.clipboard?.writeText(address).then(() => setCopied(true), () => setCopied(false));
  return (
    <Notice kind="good" alert>
      <p>{t('link_ready', { name, hours: link.hours })}</p>
      <p className="code" data-part="link">
        {address}
      </p>
      <p className="buttons">
        {navigator.clipboard !== undefined && (
          <button type="button" onClick={copy}>
            {t(copied ? 'link_copied' : 'link_copy')}
          </button>
        )}
        <button type="button" onClick={done}>
          {t('link_kept')}
        </button>
      </p>
    </Notice>
  );
}
