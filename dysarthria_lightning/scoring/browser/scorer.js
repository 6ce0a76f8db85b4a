/* Features and networks of the package, computed in the browser; nothing is fetched or sent.
 *
 * Every function says which of the package's it repeats. Tests compare the scores with Python's on
 * the same WAV files.
 */
"use strict";

class UnusableRecording extends Error {}

/* Reading WAV: data/audio.py. */

/** Decode a RIFF WAV file of integers or floats: {rate, channels: [Float32Array, ...]}. */
function readWav(buffer) {
  const view = new DataView(buffer);
  const text = (at) => String.fromCharCode(...new Uint8Array(buffer, at, 4));
  if (buffer.byteLength < 12 || text(0) !== "RIFF" || text(8) !== "WAVE") {
    throw new UnusableRecording("is no WAV file");
  }
  let format = null;
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const name = text(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name === "fmt ") {
      const coded = view.getUint16(start, true);
      format = {
        code: coded === 0xfffe ? view.getUint16(start + 24, true) : coded,
        channels: view.getUint16(start + 2, true),
        rate: view.getUint32(start + 4, true),
        bits: view.getUint16(start + 14, true),
      };
    } else if (name === "data") {
      if (!format) throw new UnusableRecording("is a WAV file without a format");
      if (start + size > buffer.byteLength) {
        throw new UnusableRecording("is truncated: less sound is there than its header promises");
      }
      return { rate: format.rate, channels: decodeSamples(view, start, size, format) };
    }
    at = start + size + (size % 2);
  }
  throw new UnusableRecording("is a WAV file without sound");
}

function decodeSamples(view, start, size, format) {
  const bytes = format.bits / 8;
  const readers = {
    "1/8": (at) => (view.getUint8(at) - 128) / 2 ** 7,
    "1/16": (at) => view.getInt16(at, true) / 2 ** 15,
    "1/24": (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23,
    "1/32": (at) => view.getInt32(at, true) / 2 ** 31,
    "3/32": (at) => view.getFloat32(at, true),
    "3/64": (at) => view.getFloat64(at, true),
  };
  const read = readers[`${format.code}/${format.bits}`];
  if (!read) throw new UnusableRecording("is a WAV file of a kind that this page does not read");
  const n = Math.floor(size / (bytes * format.channels));
  if (n === 0) throw new UnusableRecording("holds no samples");
  return Array.from({ length: format.channels }, (_, channel) => {
    const samples = new Float32Array(n);
    for (let i = 0; i < n; i++) samples[i] = read(start + (i * format.channels + channel) * bytes);
    return samples;
  });
}

/* Channels and levels: data/levels.py. */

const STEP = 2 ** -15;
const FAR_BEYOND = 16;

function measure(samples) {
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  for (const value of samples) {
    if (!Number.isFinite(value)) {
      throw new UnusableRecording("holds samples that are NaN or infinite");
    }
    if (value < least) least = value;
    if (value > most) most = value;
    sum += value;
  }
  const mean = sum / samples.length;
  let squares = 0;
  for (const value of samples) squares += (value - mean) ** 2;
  const rms = Math.sqrt(squares / samples.length);
  const peak = (most - least) / 2;
  const step = 1.01 * STEP;
  const silent = peak <= step || (rms <= step && peak <= 3 * step);
  return { rms, mean, silent, largest: Math.max(most, -least) };
}

function correlation(one, other, of_one, of_other) {
  let product = 0;
  for (let i = 0; i < one.length; i++) {
    product += (one[i] - of_one.mean) * (other[i] - of_other.mean);
  }
  const scale = one.length * of_one.rms * of_other.rms;
  return scale ? product / scale : 0;
}

/** One channel of several: the mean of those that sound, or one alone. */
function joinChannels(channels, wanted) {
  if (wanted !== null && channels.length > 1) {
    if (wanted > channels.length) {
      throw new UnusableRecording(`has ${channels.length} channels, no channel ${wanted}`);
    }
    channels = [channels[wanted - 1]];
  }
  const levels = channels.map(measure);
  if (Math.max(...levels.map((level) => level.largest)) > FAR_BEYOND) {
    throw new UnusableRecording("holds samples far above full scale");
  }
  if (levels.every((level) => level.silent)) throw new UnusableRecording("is silent");
  if (channels.length === 1) return channels[0];
  const loudest = levels.reduce((best, level, i) => (level.rms > levels[best].rms ? i : best), 0);
  const like = (a, b) => correlation(channels[a], channels[b], levels[a], levels[b]);
  const live = [...channels.keys()].filter(
    (i) =>
      !levels[i].silent &&
      (levels[i].rms > 10 ** (-30 / 20) * levels[loudest].rms ||
        (levels[i].rms > 10 ** (-74 / 20) && Math.abs(like(loudest, i)) < 0.7)),
  );
  const together = live.slice(1).map((i) => like(live[0], i));
  if (together.some((value) => value < -0.8)) return channels[live[0]];
  if (live.length < channels.length && !(together.length && Math.min(...together) < 0.7)) {
    return channels[loudest];
  }
  return channels[0].map((_, i) => channels.reduce((sum, it) => sum + it[i], 0) / channels.length);
}

/* Resampling: data/resampling.py. */

const ZERO_CROSSINGS = 64;
const ROLLOFF = 0.9475937167399596;
const BETA = 14.769656459379492;

function bessel0(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function resample(samples, from, to) {
  if (from === to) return samples;
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  const before = from / gcd(from, to);
  const after = to / gcd(from, to);
  const cutoff = Math.min(before, after) * ROLLOFF;
  const reach = Math.ceil((ZERO_CROSSINGS * before) / cutoff);
  const taps = before + 2 * reach;
  if (after * taps > 10_000_000) {
    throw new UnusableRecording(`its sample rate of ${from} Hz cannot be converted to ${to} Hz`);
  }
  const filters = Array.from({ length: after }, (_, phase) => {
    const filter = new Float64Array(taps);
    for (let k = 0; k < taps; k++) {
      const crossings = ((k - reach) / before - phase / after) * cutoff;
      if (Math.abs(crossings) >= ZERO_CROSSINGS) continue;
      const window =
        bessel0(BETA * Math.sqrt(1 - (crossings / ZERO_CROSSINGS) ** 2)) / bessel0(BETA);
      const angle = Math.PI * crossings;
      filter[k] = ((angle ? Math.sin(angle) / angle : 1) * window * cutoff) / before;
    }
    return filter;
  });
  const n = Math.ceil((samples.length * after) / before);
  const resampled = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const filter = filters[i % after];
    const first = Math.floor(i / after) * before - reach;
    const stop = Math.min(taps, samples.length - first);
    let sum = 0;
    for (let k = Math.max(0, -first); k < stop; k++) sum += filter[k] * samples[first + k];
    resampled[i] = sum;
  }
  return resampled;
}

/* Level and noise floor: scoring/sound.py. */

/** Round halves to the even number, as Python does. */
function roundToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Measure one channel: {level_db, floor_db}, below full scale. */
function measureSound(samples, rate) {
  const decibels = (power) => 10 * Math.log10(Math.max(power, 1e-12));
  const n = samples.length;
  const mean = samples.reduce((sum, value) => sum + value, 0) / n;
  const squares = new Float64Array(n + 1); // of all samples before one
  for (let i = 0; i < n; i++) squares[i + 1] = squares[i] + (samples[i] - mean) ** 2;
  const length = Math.min(n, Math.max(1, roundToEven(0.025 * rate)));
  const hop = Math.max(1, roundToEven(0.01 * rate));
  const levels = new Float64Array(1 + Math.floor((n - length) / hop));
  for (let frame = 0; frame < levels.length; frame++) {
    const start = frame * hop;
    levels[frame] = decibels((squares[start + length] - squares[start]) / length);
  }
  levels.sort();
  // Of frames' levels the lowest twentieth.
  const place = 0.05 * (levels.length - 1);
  const below = levels[Math.floor(place)];
  const above = levels[Math.ceil(place)];
  return {
    level_db: decibels(squares[n] / n),
    floor_db: below + (place - Math.floor(place)) * (above - below),
  };
}

/* Features: data/features/base.py, data/framing.py, data/extraction.py. */

/** Turn samples into the clip that its frames are computed from. */
function makeClip(samples, rate, features) {
  if (features.remove_dc) {
    const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
    samples = samples.map((value) => value - mean);
  }
  let clip = resample(samples, rate, features.sample_rate_hz);
  if (features.level !== null) {
    const squares = clip.reduce((sum, value) => sum + value * value, 0);
    const rms = Math.sqrt(squares / clip.length);
    if (rms) clip = clip.map((value) => (value * features.level) / rms);
  }
  return clip;
}

function fourier(n) {
  const bins = Math.floor(n / 2) + 1;
  const cosines = Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sines = Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n));
  return (windowed) => {
    const power = new Float64Array(bins);
    for (let bin = 0; bin < bins; bin++) {
      let real = 0;
      let imaginary = 0;
      for (let i = 0, at = 0; i < n; i++, at = (at + bin) % n) {
        real += windowed[i] * cosines[at];
        imaginary += windowed[i] * sines[at];
      }
      power[bin] = real * real + imaginary * imaginary;
    }
    return power;
  };
}

/** Multiply a row by a matrix of (row's length, n_columns), row after row. */
function times(row, matrix, n_columns) {
  const product = new Float64Array(n_columns);
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 0) continue;
    for (let j = 0; j < n_columns; j++) product[j] += row[i] * matrix[i * n_columns + j];
  }
  return product;
}

/** Compute a clip's frames: an array of Float64Arrays. */
function framesOf(clip, features) {
  const n = features.window.length;
  const power = (features.fourier ??= fourier(n));
  const count = 1 + Math.floor((clip.length - n) / features.hop_samples);
  return Array.from({ length: count }, (_, frame) => {
    const start = frame * features.hop_samples;
    const windowed = features.window.map((value, i) => value * clip[start + i]);
    const energies = times(power(windowed), features.bank, features.n_mels);
    const logarithms = energies.map((energy) => Math.log(energy + features.log_offset));
    if (!features.projection) return logarithms;
    return times(logarithms, features.projection, features.n_columns);
  });
}

function segmentsOf(n, length) {
  if (length === null || n <= length) return [[0, n]];
  const starts = Array.from({ length: Math.floor(n / length) }, (_, i) => i * length);
  return starts.map((start) => [start, start + length]);
}

/** Turn a decoded recording into the frames of its instances. */
function instancesOf(audio, model) {
  const { features } = model;
  const samples = joinChannels(audio.channels, model.channel);
  const seconds = samples.length / audio.rate;
  if (model.max_duration_s !== null && seconds >= model.max_duration_s) {
    throw new UnusableRecording(
      `is ${seconds.toFixed(1)} s long; the model takes less than ${model.max_duration_s} s`,
    );
  }
  const clip = makeClip(samples, audio.rate, features);
  if (clip.length < features.window.length) {
    throw new UnusableRecording("is shorter than one window of the model");
  }
  const rate = features.sample_rate_hz;
  const length = model.segment_s === null ? null : Math.round(model.segment_s * rate);
  let instances = [];
  for (const [start, stop] of segmentsOf(clip.length, length)) {
    const from = Math.floor((start * audio.rate) / rate);
    const to = Math.floor((stop * audio.rate) / rate);
    if (!samples.subarray(from, to).some((value) => value !== 0)) continue;
    instances.push(framesOf(clip.subarray(start, stop), features));
  }
  if (!instances.length) throw new UnusableRecording("is silent in every segment");
  if (features.cmn) {
    const all = instances.flat();
    const mean = all[0].map((_, j) => all.reduce((sum, row) => sum + row[j], 0) / all.length);
    instances = instances.map((rows) => rows.map((row) => row.map((it, j) => it - mean[j])));
  }
  return { samples, seconds, instances, sound: measureSound(samples, audio.rate) };
}

/* Networks: models/parts/. */

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** One LSTM layer that reads rows in order; weights as PyTorch keeps them. */
function lstm(rows, weights) {
  const { input, recurrent, bias } = weights;
  const units = bias.length / 4;
  const columns = input.length / bias.length;
  let output = new Float64Array(units);
  const cell = new Float64Array(units);
  return rows.map((row) => {
    const gates = Float64Array.from(bias);
    for (let g = 0; g < gates.length; g++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += input[g * columns + j] * row[j];
      for (let j = 0; j < units; j++) sum += recurrent[g * units + j] * output[j];
      gates[g] += sum;
    }
    const next = new Float64Array(units);
    for (let u = 0; u < units; u++) {
      const forgotten = sigmoid(gates[units + u]) * cell[u];
      cell[u] = forgotten + sigmoid(gates[u]) * Math.tanh(gates[2 * units + u]);
      next[u] = sigmoid(gates[3 * units + u]) * Math.tanh(cell[u]);
    }
    output = next;
    return output;
  });
}

const ENCODERS = {
  lstm: (rows, layers) => layers.reduce(lstm, rows),
  bilstm(rows, [forward, backward]) {
    const ahead = lstm(rows, forward);
    const back = lstm([...rows].reverse(), backward);
    return ahead.map((row, t) => Float64Array.of(...row, ...back[t]));
  },
  dense(rows, [layer]) {
    if (rows.length > layer.max_frames) {
      throw new UnusableRecording(`is longer than the ${layer.max_frames} frames of the model`);
    }
    const flat = rows.flatMap((row) => [...row]);
    const width = layer.weight.length / layer.bias.length;
    return [
      layer.bias.map((bias, unit) => {
        let sum = bias;
        for (let j = 0; j < flat.length; j++) sum += layer.weight[unit * width + j] * flat[j];
        return Math.max(0, sum);
      }),
    ];
  },
};

const POOLINGS = {
  last: (outputs) => outputs[outputs.length - 1],
  attention(outputs, { hidden, bias, importance }) {
    const units = bias.length;
    const scores = outputs.map((output) => {
      let score = 0;
      for (let u = 0; u < units; u++) {
        let sum = bias[u];
        for (let j = 0; j < units; j++) sum += hidden[u * units + j] * output[j];
        score += importance[u] * Math.tanh(sum);
      }
      return score;
    });
    const most = Math.max(...scores);
    const shares = scores.map((score) => Math.exp(score - most));
    const total = shares.reduce((a, b) => a + b);
    return outputs[0].map((_, u) =>
      outputs.reduce((sum, output, t) => sum + (shares[t] / total) * output[u], 0),
    );
  },
};

function networkLogit(rows, network) {
  const { mean, std, encoder, pooling, head } = network;
  const standard = rows.map((row) => mean.map((it, j) => (row[j] - it) / std[j]));
  const outputs = ENCODERS[encoder.kind](standard, encoder.layers);
  const vector = POOLINGS[pooling.kind](outputs, pooling);
  return head.weight.reduce((sum, weight, u) => sum + weight * vector[u], head.bias);
}

/** Logistic regression on the means and SDs of all of a person's frames: models/functionals.py. */
function functionalsLogit(rows, fitted) {
  const columns = fitted.n_columns;
  const mean = Array(columns).fill(0);
  for (const row of rows) for (let j = 0; j < columns; j++) mean[j] += row[j] / rows.length;
  const variance = Array(columns).fill(0);
  for (const row of rows) {
    for (let j = 0; j < columns; j++) variance[j] += (row[j] - mean[j]) ** 2 / rows.length;
  }
  const functionals = [...mean, ...variance.map(Math.sqrt)];
  return functionals.reduce(
    (sum, value, k) => sum + ((value - fitted.mean[k]) / fitted.std[k]) * fitted.coefficients[k],
    fitted.intercept,
  );
}

/**
 * Score one person's recordings: scoring/scorer.py, evaluation/levels.py.
 *
 * @param recordings what instancesOf gave for each.
 * @returns {score, models: [score, ...], recordings: [score, ...]}: soft majorities, the mean of
 *   all models' and each model's alone, and the mean of the models' over each recording.
 */
function scorePerson(recordings, model) {
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  const rows = recordings.flatMap((recording) => recording.instances.flat());
  // By model, recording and instance.
  const probabilities = model.models.map((it) => {
    if (it.kind === "functionals") {
      const of_person = sigmoid(functionalsLogit(rows, it));
      return recordings.map((recording) => recording.instances.map(() => of_person));
    }
    return recordings.map((recording) => {
      recording.logits ??= new Map();
      if (!recording.logits.has(it)) {
        recording.logits.set(it, recording.instances.map((rows) => networkLogit(rows, it)));
      }
      return recording.logits.get(it).map(sigmoid);
    });
  });
  const models = probabilities.map((of_model) => mean(of_model.flat()));
  return {
    score: mean(models),
    models,
    recordings: recordings.map((_, r) => mean(probabilities.map((of_model) => mean(of_model[r])))),
  };
}

/** The probability after each frame, the mean over models; null for models that read all at once. */
function timeCourse(instance, model) {
  const readable = ({ encoder, pooling }) => encoder?.kind === "lstm" && pooling.kind === "last";
  if (!model.models.every(readable)) return null;
  const courses = model.models.map(({ mean, std, encoder, head }) => {
    const standard = instance.map((row) => mean.map((it, j) => (row[j] - it) / std[j]));
    const logit = (output) => head.weight.reduce((sum, it, u) => sum + it * output[u], head.bias);
    return ENCODERS.lstm(standard, encoder.layers).map((output) => sigmoid(logit(output)));
  });
  return courses[0].map((_, t) => courses.reduce((sum, it) => sum + it[t], 0) / courses.length);
}

/** Make arrays of what the page holds as base64. */
function unpackModel(packed) {
  const types = { float32: Float32Array, float64: Float64Array };
  const unpack = (value) => {
    if (Array.isArray(value)) return value.map(unpack);
    if (value === null || typeof value !== "object") return value;
    if (value.base64 === undefined) {
      return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, unpack(it)]));
    }
    const bytes = Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
    return new types[value.type](bytes.buffer);
  };
  return unpack(packed);
}
