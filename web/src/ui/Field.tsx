import { type ReactNode, useId } from 'react';
import { useTexts } from '../i18n/define';
import { texts } from './texts';

/** What the control of a [`Field`] has to carry. */
export interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
  required: boolean;
}

/** A labelled control with its hint and what is wrong with it: `<Field label=…>{(props) => <input {...props} />}</Field>`. */
export function Field({
  label,
  hint,
  problem = null,
  required = false,
  children,
}: {
  label: string;
  hint?: string;
  problem?: string | null;
  required?: boolean;
  children: (props: ControlProps) => ReactNode;
}) {
  const t = useTexts(texts);
  const id = useId();
  const described = [hint === undefined ? '' : `${id}-hint`, problem === null ? '' : `${id}-problem`].filter((part) => part !== '').join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {required && <span className="quiet"> {t('required')}</span>}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="quiet">
          {hint}
        </p>
      )}
      {children({ id, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': problem !== null, required })}
      {problem !== null && (
        <p id={`${id}-problem`} className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
