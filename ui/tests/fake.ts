import charts from '../fixtures/charts.json';
import forms from '../fixtures/forms.json';
import sheets from '../fixtures/sheets.json';
import views from '../fixtures/views.json';
import type { ChartView, FormView, Note, Opening, PanelView, Place, Range, SheetView, Wish } from '../src/bindings';
import type { Backend } from '../src/types';

const record = <T>(value: unknown) => value as Record<string, T | undefined>;

/** A core that answers from the fixtures, writes down what it was asked, and publishes what a test tells it to. */
export class Fake implements Backend {
  readonly calls: [string, ...unknown[]][] = [];
  /** Commands that are refused, and with what. */
  readonly refused = new Map<string, unknown>();
  sheetNamed: string | null = null;
  formNamed = 'plain';
  chartNamed: string | null = null;
  private receive: ((view: PanelView) => void) | null = null;
  private lead: ((place: Place) => void) | null = null;

  constructor(
    private state = 'calm',
    private place: Place = { name: 'stand' },
  ) {}

  view(state = this.state): PanelView {
    const view = record<PanelView>(views)[state];
    if (view === undefined) throw new Error(`no view ${state}`);
    return view;
  }

  publish(state: string, revision: number, change: Partial<PanelView> = {}): void {
    this.state = state;
    this.receive?.({ ...this.view(state), revision, ...change });
  }

  lead_to(place: Place): void {
    this.lead?.(place);
  }

  private async answer<T>(value: T, command: string, ...args: unknown[]): Promise<T> {
    this.calls.push([command, ...args]);
    await Promise.resolve();
    if (this.refused.has(command)) throw this.refused.get(command);
    return value;
  }

  opened = () => this.answer<Opening>({ view: this.view(), place: this.place }, 'opened');

  onView = (receive: (view: PanelView) => void) => {
    this.receive = receive;
    return Promise.resolve();
  };

  onPlace = (receive: (place: Place) => void) => {
    this.lead = receive;
    return Promise.resolve();
  };

  chart = (bundle: string, range: Range) => {
    const name = this.chartNamed ?? (this.state === 'fresh' ? 'empty' : range);
    return this.answer(record<ChartView>(charts)[name] as ChartView, 'chart', bundle, range);
  };

  sheet = (bundle: string, level: string) => {
    const running = this.view().bundles.some(({ vm }) => vm.state !== 'stopped');
    const name = this.sheetNamed ?? (running ? 'refused' : level);
    return this.answer(record<SheetView>(sheets)[name] as SheetView, 'sheet', bundle, level);
  };

  reclaim = (bundle: string, level: string, fingerprint: string) =>
    this.answer(undefined, 'reclaim', bundle, level, fingerprint);

  arm = (bundle: string, level: string, agreement: string) => this.answer(undefined, 'arm', bundle, level, agreement);
  disarm = (bundle: string) => this.answer(undefined, 'disarm', bundle);
  snooze = (alert: string, time: string) => this.answer(undefined, 'snooze', alert, time);
  undo = (copy: string) => this.answer(undefined, 'undo', copy);
  stop = () => this.answer(undefined, 'stop');
  update = (wish: Wish) => this.answer(undefined, 'update', wish);
  dismiss = () => this.answer(undefined, 'dismiss');
  form = () => this.answer(record<FormView>(forms)[this.formNamed] as FormView, 'form');
  save = (form: unknown) => this.answer(record<FormView>(forms)[this.formNamed] as FormView, 'save', form);
  show = (bundle: string) => this.answer(undefined, 'show', bundle);
  showData = () => this.answer(undefined, 'show_data');
  chooseFolder = () => this.answer(undefined, 'choose_folder');
  privacySettings = () => this.answer(undefined, 'privacy_settings');
  close = () => this.answer(undefined, 'close');
  fit = (height: number) => this.answer(undefined, 'fit', height);
  painted = () => this.answer(undefined, 'painted');
}

declare global {
  interface Window {
    fake: Fake;
  }
}

function fromAddress(): Fake {
  const query = new URLSearchParams(location.search);
  const name = query.get('place') ?? 'stand';
  const place = name === 'sheet' ? { name, bundle: 'claude-id', level: query.get('level') ?? 'rebuild' } : { name };
  const fake = new Fake(query.get('state') ?? 'calm', place as Place);
  fake.sheetNamed = query.get('sheet');
  fake.formNamed = query.get('form') ?? 'plain';
  fake.chartNamed = query.get('chart');
  const refused = query.get('refuse');
  if (refused !== null) {
    fake.refused.set(refused, { sentence: 'Refused.', hint: 'Try again.' } satisfies Note);
  }
  return fake;
}

/** What the page takes in place of the real core when built in mode `fixtures`. */
export const backend = fromAddress();
window.fake = backend;
