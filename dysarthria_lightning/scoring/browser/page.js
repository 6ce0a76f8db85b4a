/* What happens on the page: recordings come in, are scored as one person's, and are shown. */
"use strict";

const model = unpackModel(JSON.parse(document.getElementById("model").textContent));
const settings = JSON.parse(document.getElementById("settings").textContent);
const byId = (id) => document.getElementById(id);
const later = () => new Promise((resolve) => setTimeout(resolve));

/** The person's recordings: {name, audio, taken or problem}. */
let recordings = [];

function say(text) {
  byId("status").textContent = text;
}

/* Recordings come in. */

async function decode(file) {
  const buffer = await file.arrayBuffer();
  const start = String.fromCharCode(...new Uint8Array(buffer.slice(0, 4)));
  if (start === "RIFF") return readWav(buffer);
  // The browser brings other formats to a rate of its own choice.
  const context = new OfflineAudioContext(1, 1, model.features.sample_rate_hz);
  try {
    const decoded = await context.decodeAudioData(buffer);
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) =>
      decoded.getChannelData(i),
    );
    return { rate: decoded.sampleRate, channels };
  } catch {
    throw new UnusableRecording("is no audio that this browser can read");
  }
}

async function add(name, getAudio) {
  say(`Reading ${name} …`);
  await later();
  const recording = { name };
  try {
    recording.audio = await getAudio();
    recording.taken = instancesOf(recording.audio, model);
  } catch (error) {
    if (!(error instanceof UnusableRecording)) throw error;
    recording.problem = error.message;
  }
  recordings.push(recording);
}

async function addFiles(files) {
  for (const file of files) await add(file.name, () => decode(file));
  await show();
}

/* Recording from the microphone, as raw samples: a compressed recording sounds otherwise. */

const COLLECTOR = `registerProcessor("collector", class extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input[0].slice());
    return true;
  }
});`;
let stopRecording = null;

async function startRecording() {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  } catch (error) {
    say(`The microphone cannot be used (${error.name}). Allow it for this page, or take files.`);
    return;
  }
  const context = new AudioContext();
  // Pages opened from disk may not load blob: addresses.
  await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(COLLECTOR)}`);
  const chunks = [];
  const collector = new AudioWorkletNode(context, "collector", { numberOfOutputs: 0 });
  collector.port.onmessage = ({ data }) => chunks.push(data);
  context.createMediaStreamSource(stream).connect(collector);
  byId("record").textContent = "Stop recording";
  byId("record").setAttribute("aria-pressed", "true");
  say("Recording …");
  stopRecording = async () => {
    stopRecording = null;
    stream.getTracks().forEach((track) => track.stop());
    const rate = context.sampleRate;
    await context.close();
    byId("record").textContent = "Record";
    byId("record").setAttribute("aria-pressed", "false");
    const samples = Float32Array.from(chunks.flatMap((chunk) => [...chunk]));
    const number = recordings.filter((it) => it.name.startsWith("Recording")).length + 1;
    await add(`Recording ${number}`, async () => {
      if (!samples.length) throw new UnusableRecording("holds no samples");
      return { rate, channels: [samples] };
    });
    await show();
  };
}

/* Showing. */

function percent(score) {
  return `${(100 * score).toFixed(1)} %`;
}

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

async function show() {
  const taken = recordings.filter((recording) => recording.taken);
  byId("recordings").replaceChildren();
  byId("result").hidden = !taken.length;
  if (taken.length) {
    say("Scoring …");
    await later();
    const scored = scorePerson(taken.map((recording) => recording.taken), model);
    taken.forEach((recording, i) => (recording.score = scored.recordings[i]));
    showPerson(scored, taken);
  }
  for (const recording of recordings) {
    byId("recordings").append(describeRecording(recording));
    await later();
  }
  say(recordings.length ? "" : "No recordings yet.");
}

function showPerson(scored, taken) {
  const seconds = taken.reduce((sum, recording) => sum + recording.taken.seconds, 0);
  byId("score").textContent = percent(scored.score);
  byId("marker").style.left = `${100 * scored.score}%`;
  const range =
    scored.models.length > 1
      ? ` The ${scored.models.length} models' own scores range from ` +
        `${percent(Math.min(...scored.models))} to ${percent(Math.max(...scored.models))}.`
      : "";
  byId("based-on").textContent =
    `From ${taken.length} ${taken.length === 1 ? "recording" : "recordings"}, ` +
    `${seconds.toFixed(1)} s.${range}`;
  byId("verdict").textContent = settings.threshold
    ? `${scored.score > settings.threshold.value ? "Above" : "Not above"} the threshold of ` +
      `${percent(settings.threshold.value)}, ${settings.threshold.origin}.`
    : "No threshold is known for this model, so the score stands alone.";
}

function describeRecording(recording) {
  const item = element("li");
  item.append(element("h3", recording.name));
  if (recording.problem) {
    item.append(element("p", `Not scored: it ${recording.problem}.`));
    item.classList.add("problem");
    return item;
  }
  const { audio, taken, score } = recording;
  item.append(
    element(
      "p",
      `Score ${percent(score)}, ${taken.seconds.toFixed(2)} s, ${audio.rate / 1000} kHz`,
    ),
  );
  for (const flag of flagsOf(recording)) {
    const note = element("p", flag);
    note.classList.add("flag");
    item.append(note);
  }
  const [width, waveform, coefficients, course] = [640, 70, 110, 70];
  item.append(
    drawn(width, waveform, "Waveform", (canvas) => drawWaveform(canvas, taken.samples)),
    drawn(width, coefficients, settings.picture, (canvas) => drawFrames(canvas, taken.instances)),
  );
  const after_each = taken.instances.length === 1 && timeCourse(taken.instances[0], model);
  if (after_each) {
    const title = "Score after each frame, from 0 % (bottom) to 100 %";
    item.append(drawn(width, course, title, (canvas) => drawCourse(canvas, after_each)));
  }
  return item;
}

/** Say where a recording lies outside what the models were trained on. */
function flagsOf({ audio, taken }) {
  const flags = [];
  const { seconds, rates_hz } = settings.trained_on;
  if (rates_hz && !rates_hz.includes(audio.rate)) {
    const known = rates_hz.map((rate) => `${rate / 1000} kHz`).join(", ");
    flags.push(`Sample rate: the model was trained on recordings of ${known}.`);
  }
  if (seconds && (taken.seconds < seconds[0] || taken.seconds > seconds[1])) {
    flags.push(
      `Length: the model was trained on ${seconds[0].toFixed(2)} to ${seconds[1].toFixed(2)} s.`,
    );
  }
  for (const [name, key] of [
    ["Level", "level_db"],
    ["Noise floor", "floor_db"],
  ]) {
    const limits = settings.trained_on[key];
    const value = taken.sound[key];
    if (limits && (value < limits[0] || value > limits[1])) {
      const [own, low, high] = [value, ...limits].map((it) => it.toFixed(1).replace("-", "−"));
      flags.push(`${name}: ${own} dB; the model was trained on ${low} to ${high} dB.`);
    }
  }
  return flags;
}

function drawn(width, height, title, draw) {
  const canvas = element("canvas");
  Object.assign(canvas, { width, height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  draw(canvas);
  return element("figure", "", canvas, element("figcaption", title));
}

function ink() {
  return getComputedStyle(document.body).color;
}

function drawWaveform(canvas, samples) {
  const context = canvas.getContext("2d");
  context.fillStyle = ink();
  const largest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const middle = canvas.height / 2;
  for (let x = 0; x < canvas.width; x++) {
    const start = Math.floor((x * samples.length) / canvas.width);
    const stop = Math.max(start + 1, Math.floor(((x + 1) * samples.length) / canvas.width));
    const piece = samples.subarray(start, stop);
    const top = Math.max(...piece) / largest;
    const bottom = Math.min(...piece) / largest;
    context.fillRect(x, middle * (1 - top), 1, Math.max(1, middle * (top - bottom)));
  }
}

/** Columns from the lowest up; blue below and red above the mean of what the model was trained on. */
function drawFrames(canvas, instances) {
  const rows = instances.flat();
  const { mean, std } = model.models[0].encoder ? model.models[0] : spreadOf(rows);
  const columns = mean.length;
  const image = new ImageData(rows.length, columns);
  rows.forEach((row, t) => {
    for (let j = 0; j < columns; j++) {
      const value = Math.max(-1, Math.min(1, (row[j] - mean[j]) / (2.5 * std[j])));
      const pale = 255 * (1 - Math.abs(value));
      const colour = value > 0 ? [205, pale * 0.9, pale * 0.8] : [pale * 0.75, pale * 0.9, 190];
      const at = 4 * ((columns - 1 - j) * rows.length + t);
      const mixed = colour.map((it) => it + (248 - it) * (1 - Math.abs(value)));
      image.data.set([...mixed, 255], at);
    }
  });
  const small = new OffscreenCanvas(rows.length, columns);
  small.getContext("2d").putImageData(image, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function spreadOf(rows) {
  const mean = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  const std = rows[0].map((_, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - mean[j]) ** 2, 0) / rows.length || 1),
  );
  return { mean, std };
}

function drawCourse(canvas, values) {
  const context = canvas.getContext("2d");
  context.strokeStyle = ink();
  context.globalAlpha = 0.3;
  context.strokeRect(0.5, canvas.height / 2, canvas.width, 0.1);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.beginPath();
  values.forEach((value, t) => {
    const x = ((t + 0.5) * canvas.width) / values.length;
    const y = 2 + (1 - value) * (canvas.height - 4);
    if (t) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
  context.stroke();
}

/* The controls. */

byId("files").addEventListener("change", async ({ target }) => {
  await addFiles([...target.files]);
  target.value = "";
});
byId("record").addEventListener("click", () => (stopRecording ? stopRecording() : startRecording()));
byId("another").addEventListener("click", () => {
  recordings = [];
  show();
});
// Drawings have the page's colours.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  addFiles([...event.dataTransfer.files]);
});
show();
