"use strict";
// Shows what the file already holds: another sentence, another quantity, one entry of a map. It computes no result.
(async () => {
  // A browser that cannot unpack shows the page as it is without the script.
  if (typeof DecompressionStream === "undefined") return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const state = { lag: null, quantity: null };

  // Numbers read exactly as the page's own (NumberText).
  function size(log10) {
    if (Number.isNaN(log10)) return "not a number";
    if (!Number.isFinite(log10)) return log10 > 0 ? "infinite" : "0";
    if (log10 >= -3 && log10 < 4) return String(Number(Math.pow(10, log10).toPrecision(3)));
    let exponent = Math.floor(log10);
    let tenths = Math.round(Math.pow(10, log10 - exponent) * 10);
    if (tenths >= 100) { tenths = 10; exponent++; }
    const power = String(Math.abs(exponent)).split("").map(digit => superscripts[digit]).join("");
    return (tenths / 10).toFixed(1) + "·10" + (exponent < 0 ? "⁻" : "") + power;
  }

  // A share is packed as log₁₀ of its size, with its sign.
  const number = (quantity, entry) => (quantity.minus?.[entry] ? "−" : "") + size(quantity.read[entry]);
  const share = (quantity, entry) => (quantity.minus[entry] ? -1 : 1) * Math.pow(10, quantity.read[entry]);

  // The layout is MapData's, which also says why.
  async function unpack(text) {
    const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const raw = new Uint8Array(await new Response(stream).arrayBuffer());
    let at = 4 + new DataView(raw.buffer).getInt32(0, true);
    const read = JSON.parse(new TextDecoder().decode(raw.subarray(4, at)));
    for (const map of Object.values(read.maps)) {
      const squares = map.rows.length * map.columns.length;
      for (const quantity of map.quantities) {
        quantity.kinds = raw.subarray(at, at += squares);
        const places = [...quantity.kinds.keys()].filter(entry => quantity.kinds[entry] === 0);
        const planes = [0, 1, 2, 3].map(() => raw.subarray(at, at += places.length));
        const view = new DataView(new ArrayBuffer(4));
        quantity.read = new Float32Array(squares).fill(NaN);
        places.forEach((entry, i) => {
          planes.forEach((plane, part) => view.setUint8(part, plane[i]));
          quantity.read[entry] = view.getFloat32(0, true);
        });
        if (quantity.log) continue;
        quantity.minus = new Uint8Array(squares);
        places.forEach((entry, i) => { quantity.minus[entry] = raw[at + i]; });
        at += places.length;
      }
    }
    return read;
  }

  const data = await unpack(document.getElementById("map-data").textContent);

  // ---- a map as a picture, pixel by pixel as MapPicture and CellMark draw it ----

  function colour(quantity, entry) {
    const { first, steps, low, high, linear } = data.ramp;
    let part;
    if (quantity.log) {
      const value = quantity.read[entry];
      if (value <= quantity.low) return low;
      if (value > quantity.high) return high;
      part = (value - quantity.low) / (quantity.high - quantity.low);
    } else {
      const end = Math.max(Math.abs(quantity.low), Math.abs(quantity.high));
      part = 0.5 + 0.5 * Math.asinh(share(quantity, entry) / (end * linear)) / Math.asinh(1 / linear);
    }
    return first + Math.min(steps - 1, Math.max(0, Math.round(part * (steps - 1))));
  }

  function inked(kind, x, y, column, row, side) {
    if (side < 4) return false;
    const middle = Math.floor(side / 2), reach = Math.max(1, Math.floor(side / 4));
    const [right, down] = [x - middle, y - middle];
    const from = Math.max(Math.abs(right), Math.abs(down));
    switch (kind) {
      case 1: return from <= Math.max(0, Math.floor(side / 6) - 1);
      case 2: return (column + row) % 6 === 0;
      case 3: return column % 3 === 0;
      case 4: return row % 4 === 0;
      case 5: return down === 0 && Math.abs(right) <= reach;
      case 6: return from === reach;
      case 7: return from <= reach && Math.abs(right) === Math.abs(down);
      case 8: return Math.abs(down) <= reach && Math.abs(right) <= Math.floor((down + reach) / 2);
      default: return false;
    }
  }

  function picture(map, quantity, width) {
    quantity.pictures ||= {};
    if (quantity.pictures[width]) return quantity.pictures[width];
    const side = width / map.columns.length, height = side * map.rows.length;
    const palette = (quantity.log ? data.ramp.sizes : data.ramp.shares).map(hex => hex.match(/../g).map(pair => parseInt(pair, 16)));
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(width, height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const entry = Math.floor(y / side) * map.columns.length + Math.floor(x / side), kind = quantity.kinds[entry];
        const index = kind === 0 ? colour(quantity, entry) : 2 * kind + (inked(kind, x % side, y % side, x, y, side) ? 1 : 0);
        image.data.set(palette[index], 4 * (y * width + x));
      }
    }
    pen.putImageData(image, 0, 0);
    return quantity.pictures[width] = canvas.toDataURL("image/png");
  }

  // The figures of the other lengths, each beside the one of its network, stage and size that is shown at first.
  const others = document.createElement("template");
  others.innerHTML = data.figures;
  for (const figure of all("figure.map", others.content)) {
    const kin = key => key.replace(/-\d+-/, "-");
    all("figure.map")
      .find(shown => shown.dataset.small === figure.dataset.small && kin(shown.dataset.map) === kin(figure.dataset.map))
      ?.after(figure);
  }

  const mapOf = figure => data.maps[figure.dataset.map];
  const small = figure => figure.dataset.small === "yes";

  // The first screen always shows the first quantity: the question's own.
  function quantityOf(figure) {
    const map = mapOf(figure);
    return (!small(figure) && map.quantities.find(q => q.name === state.quantity)) || map.quantities[0];
  }

  function sentence(map, quantity, row, column) {
    const entry = row * map.columns.length + column;
    const { read, kinds } = quantity;
    if (kinds[entry] !== 0 || Number.isNaN(read[entry])) {
      return `“${map.rows[row]}” back to “${map.columns[column]}”: ${data.why[kinds[entry]]}.`;
    }
    const words = {
      row: map.rows[row], column: map.columns[column], lag: `${row - column} ${row - column === 1 ? "word" : "words"}`,
      value: number(quantity, entry),
    };
    return quantity.sentence.replace(/\{(row|column|lag|value)\}/g, (_, name) => words[name]);
  }

  function cellText(quantity, entry) {
    const kind = quantity.kinds[entry];
    return kind === 0 ? number(quantity, entry) : ["", "0", "·", "cut", "–", "too small", "0 (saturated)", "not a number", "infinite"][kind];
  }

  // ---- the cross-hair and the read-out ----

  function draw(figure) {
    const { canvas, map, at } = figure.cursor;
    const pen = canvas.getContext("2d");
    const cell = canvas.width / map.columns.length;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!at) return;
    const x = at.column * cell, y = at.row * cell;
    pen.fillStyle = "rgba(255,255,255,.28)";
    pen.fillRect(0, y, canvas.width, cell);
    pen.fillRect(x, 0, cell, canvas.height);
    pen.lineWidth = 3;
    pen.strokeStyle = "#000";
    pen.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#fff";
    pen.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
  }

  function say(figure) {
    const { map, at } = figure.cursor;
    const place = at || map;
    if (place.row >= map.rows.length || place.column >= map.columns.length) return;
    figure.querySelector(".readout").textContent = sentence(map, quantityOf(figure), place.row, place.column);
  }

  // What the page came with is already there; it is kept, so that the first view is the same with and without the script.
  function paint(figure) {
    const image = figure.querySelector(".map-image"), map = mapOf(figure), quantity = quantityOf(figure);
    if (image.hasAttribute("src") && !image.dataset.shows) {
      (map.quantities[0].pictures ||= {})[image.width] = image.src;
      image.dataset.shows = map.quantities[0].name;
    }
    if (image.dataset.shows === quantity.name) return;
    image.src = picture(map, quantity, image.width);
    image.dataset.shows = quantity.name;
  }

  // The same pair of words in the other maps that are shown beside this one.
  function place(figure, at) {
    const board = figure.closest(".maps, .pair");
    for (const other of all("figure.map:not([hidden])", board)) {
      if (!other.cursor) continue;
      const map = other.cursor.map;
      other.cursor.at = at && at.row < map.rows.length && at.column < map.columns.length ? { ...at } : null;
      draw(other);
      say(other);
    }
  }

  function prepare(figure) {
    if (figure.cursor) return;
    const image = figure.querySelector(".map-image");
    const canvas = document.createElement("canvas");
    const map = mapOf(figure);
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.className = "cursor";
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "map");
    canvas.setAttribute("aria-label", image.alt + " Arrow keys, Home and End move from square to square.");
    figure.cursor = { canvas, map, at: null };
    const under = event => ({
      row: Math.min(map.rows.length - 1, Math.max(0, Math.floor(event.offsetY / canvas.height * map.rows.length))),
      column: Math.min(map.columns.length - 1, Math.max(0, Math.floor(event.offsetX / canvas.width * map.columns.length))),
    });
    canvas.addEventListener("pointermove", event => place(figure, under(event)));
    canvas.addEventListener("pointerdown", event => place(figure, under(event)));
    canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) place(figure, null); });
    canvas.addEventListener("focus", () => { if (!figure.cursor.at) place(figure, { row: map.row, column: map.column }); });
    canvas.addEventListener("blur", () => place(figure, null));
    canvas.addEventListener("keydown", event => {
      const at = { ...(figure.cursor.at || { row: map.row, column: map.column }) };
      const last = { row: map.rows.length - 1, column: map.columns.length - 1 };
      if (event.key === "ArrowLeft") at.column--;
      else if (event.key === "ArrowRight") at.column++;
      else if (event.key === "ArrowUp") at.row--;
      else if (event.key === "ArrowDown") at.row++;
      else if (event.key === "Home") { at.column = 0; if (event.ctrlKey) at.row = 0; }
      else if (event.key === "End") { at.column = last.column; if (event.ctrlKey) at.row = last.row; }
      else if (event.key === "Escape") { canvas.blur(); return; }
      else return;
      event.preventDefault();
      at.row = Math.min(last.row, Math.max(0, at.row));
      at.column = Math.min(last.column, Math.max(0, at.column));
      place(figure, at);
    });
    image.after(canvas);
    if (!small(figure)) actions(figure);
  }

  // ---- taking a map along ----

  function csv(figure) {
    const map = mapOf(figure), quantity = quantityOf(figure);
    const quote = text => '"' + String(text).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""') + '"';
    const lines = [["row", "row word", "column", "column word", quantity.log ? "log10" : "share", "why not"].join(",")];
    map.rows.forEach((row, t) => map.columns.forEach((column, k) => {
      const entry = t * map.columns.length + k, kind = quantity.kinds[entry];
      lines.push([t, quote(row), k, quote(column), kind ? "" : quantity.log ? quantity.read[entry] : share(quantity, entry), kind ? quote(data.why[kind]) : ""].join(","));
    }));
    return new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" });
  }

  function actions(figure) {
    const list = document.createElement("p");
    list.className = "actions";
    const offer = (text, ending, make) => {
      const link = document.createElement("a");
      link.textContent = text;
      link.href = "#";
      link.addEventListener("click", event => {
        if (link.dataset.ready) return;
        event.preventDefault();
        const address = URL.createObjectURL(make());
        Object.assign(link, { href: address, download: `farback-${figure.dataset.map}.${ending}` });
        link.dataset.ready = "yes";
        link.click();
        delete link.dataset.ready;
        link.href = "#";
        link.removeAttribute("download");
        setTimeout(() => URL.revokeObjectURL(address), 10000);
      });
      list.append(link);
    };
    offer("Export CSV", "csv", () => csv(figure));
    offer("PNG", "png", () => new Blob([bytes(figure.querySelector(".map-image").src.split(",")[1])], { type: "image/png" }));
    figure.append(list);
  }

  // The table follows the map; it is filled only once somebody opens it.
  function table(details) {
    const figure = all("figure.map:not([hidden])", details.parentElement)[0];
    const body = details.querySelector("tbody");
    if (!figure || !body) return;
    const map = mapOf(figure), quantity = quantityOf(figure);
    const stamp = figure.dataset.map + "/" + quantity.name;
    if (!details.open || details.dataset.shows === stamp) return;
    details.dataset.shows = stamp;
    const cell = (tag, text, scope) => {
      const made = document.createElement(tag);
      made.textContent = text;
      if (scope) made.scope = scope;
      return made;
    };
    details.querySelector("thead tr").replaceChildren(cell("td", ""), ...map.columns.map(word => cell("th", word, "col")));
    body.replaceChildren(...map.rows.map((word, t) => {
      const row = document.createElement("tr");
      row.append(cell("th", word, "row"), ...map.columns.map((_, k) => cell("td", cellText(quantity, t * map.columns.length + k))));
      return row;
    }));
    const caption = details.querySelector("caption");
    caption.dataset.name ||= caption.textContent.split(":")[0];
    caption.textContent = `${caption.dataset.name}: ${quantity.name}. Rows: word whose error is measured; columns: word it reaches back to.`;
  }

  // ---- what is shown ----

  // In each place the sentence of that distance, or the nearest that there is.
  function show() {
    for (const group of new Set(all("[data-lag]").map(element => element.parentElement))) {
      for (const kind of ["figure.map", "dl.choices", "p.sentence"]) {
        const items = all(`:scope > ${kind}[data-lag]`, group);
        const far = item => Math.abs(Number(item.dataset.lag) - state.lag);
        const nearest = items.reduce((best, item) => (best && far(best) <= far(item) ? best : item), null);
        for (const item of items) item.hidden = item !== nearest;
      }
    }
    for (const item of all("[data-quantity]", document.getElementById("maps"))) item.hidden = item.dataset.quantity !== state.quantity;
    if (select) for (const item of all("#maps .legend")) item.hidden = item.dataset.legend !== select.selectedOptions[0]?.dataset.legend;
    for (const figure of all("figure.map:not([hidden])")) {
      prepare(figure);
      paint(figure);
      say(figure);
    }
    for (const details of all("#maps details")) table(details);
  }

  const range = document.getElementById("words-between");
  const lags = range ? range.dataset.lags.split(",").map(Number) : [];
  const select = document.getElementById("quantity-name");

  function remember() {
    const words = new URLSearchParams({ words: String(state.lag), show: state.quantity });
    try { history.replaceState(null, "", "#" + words); } catch { /* an address that cannot be written is no reason to stop */ }
  }

  function recall() {
    const words = new URLSearchParams(location.hash.slice(1));
    const lag = Number(words.get("words"));
    if (range) {
      const i = lags.indexOf(lag);
      if (i >= 0) range.value = String(i);
      state.lag = lags[Number(range.value)];
      range.nextElementSibling.textContent = String(state.lag);
      range.setAttribute("aria-valuetext", state.lag + " words");
    } else {
      const figure = document.querySelector("figure.map:not([hidden])");
      state.lag = figure ? Number(figure.dataset.lag) : 0;
    }
    if (select) {
      const names = [...select.options].map(option => option.value);
      if (names.includes(words.get("show"))) select.value = words.get("show");
      state.quantity = select.value;
    }
    show();
  }

  if (range) {
    document.getElementById("distance").hidden = false;
    range.addEventListener("input", () => {
      state.lag = lags[Number(range.value)];
      range.nextElementSibling.textContent = String(state.lag);
      range.setAttribute("aria-valuetext", state.lag + " words");
      show();
      remember();
    });
  }
  if (select && select.options.length > 1) {
    document.getElementById("quantity").hidden = false;
    select.addEventListener("change", () => { state.quantity = select.value; show(); remember(); });
  }
  for (const details of all("#maps details")) details.addEventListener("toggle", () => table(details));
  addEventListener("hashchange", recall);
  recall();
  document.documentElement.dataset.ready = "yes";
})();
