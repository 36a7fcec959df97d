import { type ReactNode, useMemo, useState } from 'react';
import { useTexts } from '../i18n/define';
import { texts } from './texts';

export interface Column<R> {
  id: string;
  head: string;
  cell: (row: R) => ReactNode;
  /** Right-aligned, with figures of one width. */
  number?: boolean;
  /** Names the row: read out with each of its cells. */
  names_row?: boolean;
  /** Makes the column sortable by what it gives. */
  sort?: (row: R) => string | number;
}

export interface Order {
  by: string;
  down: boolean;
}

/**
 * A table of facts; on a phone each row is a card. It sorts the rows it has; with `order` and `onOrder` someone else sorts
 * (a list that comes in pages must be sorted where it is cut).
 */
export function DataTable<R>({
  caption,
  hide_caption = false,
  columns,
  rows,
  rowKey,
  chosen = null,
  order,
  onOrder,
}: {
  caption: string;
  hide_caption?: boolean;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  /** The key of the row that is open. */
  chosen?: string | null;
  order?: Order | null;
  onOrder?: (order: Order) => void;
}) {
  const t = useTexts(texts);
  const [own, setOwn] = useState<Order | null>(null);
  const shown_order = order === undefined ? own : order;
  const sorted = useMemo(() => (onOrder === undefined ? inOrder(rows, columns, own) : rows), [rows, columns, own, onOrder]);
  const choose = (by: string) => {
    const next = { by, down: shown_order?.by === by && !shown_order.down };
    (onOrder ?? setOwn)(next);
  };
  // Cards on a phone are laid out as blocks; the roles keep it a table for screen readers.
  return (
    <table className="data" role="table">
      <caption className={hide_caption ? 'hidden' : ''}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ id, head, number, sort }) => {
            const here = shown_order?.by === id ? shown_order : null;
            return (
              <th
                key={id}
                role="columnheader"
                scope="col"
                className={number === true ? 'number' : undefined}
                aria-sort={here === null ? undefined : here.down ? 'descending' : 'ascending'}
              >
                {sort === undefined ? (
                  head
                ) : (
                  <button type="button" className="plain sort" title={t('sort_by', { what: head })} onClick={() => choose(id)}>
                    {head} <span aria-hidden="true">{here === null ? '↕' : here.down ? '↓' : '↑'}</span>
                  </button>
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {sorted.map((row) => {
          const key = rowKey(row);
          return (
            <tr key={key} role="row" data-row={key} className={key === chosen ? 'chosen' : undefined} aria-current={key === chosen ? true : undefined}>
              {columns.map(({ id, head, cell, number, names_row }) => {
                const className = number === true ? 'number' : undefined;
                const content = (
                  <>
                    <span className="cell-head" aria-hidden="true">
                      {head}
                    </span>
                    <span className="cell-value">{cell(row)}</span>
                  </>
                );
                return names_row === true ? (
                  <th key={id} role="rowheader" scope="row" className={className}>
                    {content}
                  </th>
                ) : (
                  <td key={id} role="cell" className={className}>
                    {content}
                  </td>
                );
              })}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The rows by one column; texts as Chinese people sort them. */
function inOrder<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order | null): readonly R[] {
  const sort = columns.find(({ id }) => id === order?.by)?.sort;
  if (order === null || sort === undefined) return rows;
  const sign = order.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sort(a), sort(b)];
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'zh-CN'));
  });
}
