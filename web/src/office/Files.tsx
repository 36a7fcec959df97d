/** Attached files: the list of those about something, and sending more. */
import { useId, useRef, useState } from 'react';
import { asProblem, upload } from '../api/client';
import { type Decoder, integer, list, object, optional, text, time } from '../api/decode';
import type { EpochMs } from '../api/types';
import { useLanguage, useTexts } from '../i18n/define';
import { useFetched } from '../ui/useFetched';
import { Failure, Loading } from '../ui/states';
import { When } from '../ui/When';
import { texts } from './texts';

export interface Attachment {
  id: string;
  name: string;
  media: string;
  bytes: number;
  width: number | null;
  height: number | null;
  sha256: string;
  by: string;
  at: EpochMs;
}
export const attachment: Decoder<Attachment> = object<Attachment>({
  id: text,
  name: text,
  media: text,
  bytes: integer,
  width: optional(integer),
  height: optional(integer),
  sha256: text,
  by: text,
  at: time,
});
const attachments: Decoder<{ attachments: Attachment[] }> = object<{ attachments: Attachment[] }>({ attachments: list(attachment) });

/** As the service has it; told here too, so that a large file need not travel to be refused. */
export const FILE_BYTES_MAX = 10 * 1024 * 1024;
const KINDS = ['image/jpeg', 'image/png', 'image/webp', 'application/pdf'];

/** `3.2 MiB`, `45 KiB` */
export function bytesText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MiB` : `${Math.max(1, Math.round(bytes / 1024))} KiB`;
}

/** Why a chosen file would be refused, before it is sent; `null`: nothing speaks against it. */
export function refusalOf(file: { size: number; type: string }): 'file_big' | 'file_kind' | null {
  if (file.size > FILE_BYTES_MAX) return 'file_big';
  // Some systems tell no type: the service looks at the bytes.
  return file.type !== '' && !KINDS.includes(file.type) ? 'file_kind' : null;
}

/** Files about `about`, as `appeal/A2026-000001`. */
export function FilesOf({ about, mayAdd }: { about: string; mayAdd: boolean }) {
  const t = useTexts(texts);
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(`/api/v1/attachments?about=${encodeURIComponent(about)}`, attachments, version);
  // Another authority's officers do not see them: then there is nothing to show.
  if (data.kind === 'failed') return data.problem.status === 404 ? null : <Failure problem={data.problem} retry={retry} />;
  return (
    <section className="panel">
      <h2>{t('files')}</h2>
      {data.kind === 'loading' ? <Loading /> : <FileList files={data.value.attachments} />}
      {mayAdd && <FilePicker about={about} onSent={() => setVersion((n) => n + 1)} />}
    </section>
  );
}

export function FileList({ files, onRemove }: { files: readonly Attachment[]; onRemove?: (file: Attachment) => void }) {
  const t = useTexts(texts);
  if (files.length === 0) return <p className="quiet">{t('files_none')}</p>;
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.id}>
          <a href={`/api/v1/attachments/${file.id}`} download={file.name} aria-label={t('file_get', { name: file.name })}>
            {file.name}
          </a>
          <span className="quiet">
            {bytesText(file.bytes)}
            {file.width !== null && ` · ${file.width}×${file.height}`} · {file.by} · <When at={file.at} />
          </span>
          {onRemove !== undefined && (
            <button type="button" className="plain" aria-label={t('file_remove', { name: file.name })} onClick={() => onRemove(file)}>
              ✕
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Takes files and sends each; those refused are named with the reason until the next are chosen. */
export function FilePicker({ about, onSent }: { about?: string; onSent: (file: Attachment) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState<string | null>(null);
  const [refused, setRefused] = useState<{ name: string; why: string }[]>([]);
  const take = async (files: readonly File[]) => {
    const bad: { name: string; why: string }[] = [];
    setRefused([]);
    for (const file of files) {
      const why = refusalOf(file);
      if (why !== null) {
        bad.push({ name: file.name, why: t(why, { size: bytesText(file.size) }) });
        continue;
      }
      setSending(file.name);
      const query = new URLSearchParams({ name: file.name, ...(about === undefined ? {} : { about }) });
      try {
        const type = KINDS.includes(file.type) ? file.type : 'application/octet-stream';
        onSent(await upload(`/api/v1/attachments?${query}`, file, type, attachment));
      } catch (thrown) {
        bad.push({ name: file.name, why: asProblem(thrown)[language] });
      }
    }
    setSending(null);
    setRefused(bad);
    if (input.current !== null) input.current.value = '';
  };
  return (
    <div className="field">
      <label htmlFor={id}>{t('file_add')}</label>
      <p id={`${id}-hint`} className="quiet">
        {t('file_hint')}
      </p>
      <input
        ref={input}
        id={id}
        type="file"
        multiple
        accept={KINDS.join(',')}
        aria-describedby={`${id}-hint`}
        disabled={sending !== null}
        onChange={(event) => void take([...(event.target.files ?? [])])}
      />
      {sending !== null && <p aria-live="polite">{t('file_sending', { name: sending })}</p>}
      {refused.length > 0 && (
        <ul role="alert" className="refused">
          {refused.map(({ name, why }) => (
            <li key={name} className="problem">
              {t('file_refused', { name, why })}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

