/* States that can be undone and done again. A state is never changed, only replaced. */

const TOGETHER = 900; // milliseconds within which equal small steps are one
const MOST = 300;

export class History {
  now = { boxes: [], proposals: [] };
  #past = [];
  #future = [];
  #last = { name: "", time: 0 };

  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }

  /** Begin anew: nothing can be undone. */
  begin(state) {
    this.now = state;
    this.#past = [];
    this.#future = [];
    this.#last = { name: "", time: 0 };
  }

  /** Take a state without a step of its own, such as proposals that came later. */
  replace(state) {
    this.now = state;
  }

  /** Go to a state; steps of the same name `together` that follow each other are one. */
  change(state, together = "") {
    const time = Date.now();
    const { name, time: before } = this.#last;
    const isOne = together && together === name && time - before < TOGETHER;
    if (!isOne) this.#past.push(this.now);
    if (this.#past.length > MOST) this.#past.shift();
    this.#future = [];
    this.#last = { name: together, time };
    this.now = state;
  }

  undo() {
    if (!this.canUndo) return false;
    this.#future.push(this.now);
    this.now = this.#past.pop();
    this.#last.name = "";
    return true;
  }

  redo() {
    if (!this.canRedo) return false;
    this.#past.push(this.now);
    this.now = this.#future.pop();
    this.#last.name = "";
    return true;
  }
}
