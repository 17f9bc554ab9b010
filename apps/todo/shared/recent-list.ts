// Pure: the last so many of something, each id once.

export class RecentList<Item extends { readonly id: string }> {
  readonly #items = new Map<string, Item>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False if it was there already. The oldest goes when there are more than the limit. */
  add(item: Item): boolean {
    if (this.#items.has(item.id)) return false;
    this.#items.set(item.id, item);
    if (this.#items.size > this.#limit) {
      for (const oldest of this.#items.keys()) {
        this.#items.delete(oldest);
        break;
      }
    }
    return true;
  }

  has(id: string): boolean {
    return this.#items.has(id);
  }

  /** Oldest first. */
  all(): Item[] {
    return [...this.#items.values()];
  }

  /** Those that came after the one of this id, or undefined when it is not known (any more). */
  after(id: string): Item[] | undefined {
    if (!this.#items.has(id)) return undefined;
    const items = this.all();
    return items.slice(items.findIndex((item) => item.id === id) + 1);
  }
}
