// Sound: its wave on a canvas, and a button that plays it. Nothing sounds before the reader asks.

let audio; // one context for all sounds of the page, made by the first click
let silence = () => {}; // stops what sounds now: only one thing at a time

const AudioMaker = globalThis.AudioContext ?? globalThis.webkitAudioContext;

marks.sound = {
  mount(mark, panel) {
    const samples = () => panel.view.numbers.at(mark.samples);
    const seconds = () => samples().data.length / mark.rate;
    const describe = () => `wave of ${mark.label}, ${format(seconds())} seconds`;
    const sheet = addSheet(panel, mark, {
      tall: () => Math.max(48, Math.min(panel.spec.height, 140) - 40),
      describe,
      draw: (where) => drawWave(where, samples().data),
    });
    const player = new Player(mark, panel.view, samples);
    const head = element("div", { class: "mm-playhead", hidden: true });
    const clock = element("span", { class: "mm-seconds" });
    const wave = element("div", { class: "mm-wave" });
    sheet.canvas.replaceWith(wave);
    wave.append(sheet.canvas, head);
    sheet.cell.append(element("div", { class: "mm-soundbar" }, player.button, clock, player.reason));
    return () => {
      sheet.update();
      player.update();
      const share = player.position / seconds();
      head.hidden = !player.playing;
      head.style.left = `${100 * Math.min(share, 1)}%`;
      setText(clock, `${format(player.position, ".1f")} of ${format(seconds(), ".1f")} s`);
    };
  },
};

class Player {
  constructor(mark, view, samples) {
    Object.assign(this, { mark, view, samples });
    this.button = element("button", { type: "button", class: "mm-chip mm-sounds", onclick: () => this.toggle() });
    this.reason = element("span", { class: "mm-reason", role: "status" });
    if (!AudioMaker) this.refuse("This browser plays no sound.");
    view.cleanups.push(() => this.stop());
    this.show();
  }

  get playing() {
    return Boolean(this.node);
  }

  get position() {
    return this.node ? Math.max(0, audio.currentTime - this.began) : 0;
  }

  toggle() {
    if (this.playing) return this.stop();
    silence();
    try {
      this.start();
    } catch (error) {
      this.refuse(`This browser cannot play it: ${error.message}`);
    }
  }

  start() {
    audio ??= new AudioMaker();
    audio.resume();
    const { data, version } = this.samples();
    const buffer = audio.createBuffer(1, data.length, this.mark.rate);
    buffer.copyToChannel(Float32Array.from(data, (sample) => sample || 0), 0); // a gap is silent
    this.node = new AudioBufferSourceNode(audio, { buffer });
    this.node.connect(audio.destination);
    this.node.onended = () => this.stop();
    this.node.start();
    this.began = audio.currentTime;
    this.version = version;
    silence = () => this.stop();
    this.show();
  }

  stop() {
    if (!this.node) return;
    this.node.onended = null;
    this.node.stop();
    this.node = undefined;
    silence = () => {};
    this.show();
  }

  // While it sounds the position moves; when the reader moves to other numbers, the old ones fall silent.
  update() {
    if (!this.playing) return;
    if (this.samples().version !== this.version) this.stop();
    else this.view.schedule();
  }

  show() {
    this.button.dataset.playing = this.playing;
    setText(this.button, `${this.playing ? "Stop" : "Play"} ${this.mark.label}`);
    this.view.schedule();
  }

  refuse(reason) {
    this.node = undefined;
    this.button.disabled = true;
    setText(this.reason, reason);
  }
}

// For each column of pixels the range of its samples, and of the one before, so that the wave hangs together.
function drawWave({ ctx, width, height, theme }, data) {
  const middle = height / 2;
  ctx.fillStyle = theme.faint;
  ctx.fillRect(0, Math.round(middle), width, 1);
  ctx.fillStyle = theme.series[1];
  for (let x = 0; x < width; x++) {
    const [from, to] = [x, x + 1].map((column) => Math.floor((column / width) * data.length));
    let [low, high] = [Infinity, -Infinity];
    for (let i = Math.max(0, from - 1); i < Math.max(to, from + 1); i++) {
      if (data[i] < low) low = data[i];
      if (data[i] > high) high = data[i];
    }
    if (low <= high) ctx.fillRect(x, middle - high * (middle - 2), 1, Math.max(1, (high - low) * (middle - 2)));
  }
}
