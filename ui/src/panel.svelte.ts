import type { BundlePanel, ChartView, Labels, Note, PanelView, Place, Range, Wish } from './bindings';
import type { Backend } from './types';

// A chart is a whole history; a look every few seconds would not move it by a pixel.
const PATIENCE = 30_000;

type Command =
  | 'reclaim'
  | 'arm'
  | 'snooze'
  | 'undo'
  | Wish['name']
  | 'dismiss'
  | 'save'
  | 'show'
  | 'showData'
  | 'chooseFolder'
  | 'privacySettings';

function isNote(reason: unknown): reason is Note {
  return typeof reason === 'object' && reason !== null && 'sentence' in reason && 'hint' in reason;
}

/** What the page shows: the newest view, where in it the user is, and what a command answered. */
export class Panel {
  view = $state.raw<PanelView | null>(null);
  place = $state.raw<Place>({ name: 'stand' });
  /** Why the last command was not carried out. */
  note = $state.raw<Note | null>(null);
  readonly bundle: BundlePanel | null = $derived.by(() => this.pick());
  range = $state<Range>('day');
  /** The last chart that was answered, kept while the next is made. */
  chart = $state.raw<ChartView | null>(null);
  /** Questions whose answer the place in sight is made of. */
  loads = $state(0);
  private chosen = $state<string | null>(null);
  private asked = { key: '', at: 0 };
  private readonly pending: Partial<Record<Command, boolean>> = {};

  constructor(readonly backend: Backend) {}

  get labels(): Labels | null {
    return this.view?.labels ?? null;
  }

  /** Listens before it asks, so that nothing published in between is missed. */
  async start(): Promise<void> {
    await this.run(async () => {
      await this.backend.onView((view) => this.receive(view));
      await this.backend.onPlace((place) => this.go(place));
      const opening = await this.backend.opened();
      this.receive(opening.view);
      this.go(opening.place);
    });
  }

  receive(view: PanelView): void {
    if (this.view !== null && view.revision < this.view.revision) return;
    // The bundle in sight stays in sight when another one presses more.
    this.chosen ??= view.bundles[0]?.id ?? null;
    this.view = view;
  }

  choose(bundle: string): void {
    this.chosen = bundle;
  }

  go(place: Place): void {
    if (place.name === 'sheet') this.chosen = place.bundle;
    this.place = place;
  }

  back(): void {
    this.place = { name: 'stand' };
  }

  /** Does what the user asked for; asking for the same again meanwhile does nothing. */
  async act(command: Command, work: (backend: Backend) => Promise<unknown>): Promise<void> {
    if (this.pending[command]) return;
    this.pending[command] = true;
    this.note = null;
    await this.run(() => work(this.backend));
    this.pending[command] = false;
  }

  /** Asks for what the place in sight is made of. */
  async load<T>(work: () => Promise<T>): Promise<T | null> {
    this.loads += 1;
    const answer = await this.run(work);
    this.loads -= 1;
    return answer;
  }

  /** Asks for a chart: at once for another one, and after some patience for the same one with newer data. */
  draw(bundle: string, range: Range): () => void {
    const key = `${bundle} ${range} ${this.view?.language}`;
    const wait = this.asked.key === key ? this.asked.at + PATIENCE - Date.now() : 0;
    const ask = async () => {
      this.asked = { key, at: Date.now() };
      const answer = await this.run(() => this.backend.chart(bundle, range));
      if (answer !== null && this.asked.key === key) this.chart = answer;
    };
    // No timer for the first: the window is still hidden, and timers of hidden pages are slow.
    if (wait <= 0) {
      void ask();
      return () => undefined;
    }
    const timer = setTimeout(() => void ask(), wait);
    return () => clearTimeout(timer);
  }

  /** Shows why it could not be done, if so. */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (reason) {
      if (isNote(reason)) this.note = reason;
      else if (this.labels !== null) this.note = { sentence: this.labels.no_answer, hint: '' };
      return null;
    }
  }

  private pick(): BundlePanel | null {
    const bundles = this.view?.bundles ?? [];
    return bundles.find((bundle) => bundle.id === this.chosen) ?? bundles[0] ?? null;
  }
}
