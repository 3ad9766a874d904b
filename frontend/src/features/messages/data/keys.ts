/** How often a page that is looked at asks for what is new, in milliseconds. */
export const POLL = 10_000;

export type ListFilters = {
  unread: boolean;
  unmatched: boolean;
  search: string;
  patient: string;
};

/** Keys of what is kept in memory; all begin with the same word, so that all can be refreshed. */
export const keys = {
  all: ["conversations"],
  list: (filters: ListFilters) => ["conversations", "list", filters],
  unread: ["conversations", "unread"],
  one: (id: string) => ["conversations", "one", id],
  thread: (id: string) => ["conversations", "thread", id],
  candidates: (id: string) => ["conversations", "candidates", id],
  templates: ["message-templates"],
} as const;
