/* Panels without a kernel: controls beside a picture, which was drawn beforehand or is drawn here.

   An element of class "course-panel" holds JSON with its controls and all their values, and with settings that were
   drawn: the places of the controls' values, a picture, a line, and the controls that are greyed. Of any other setting
   the nearest is shown, and named. A panel with `model` is drawn by `courseModels[model]` as soon as that is loaded. */

"use strict";

const TRIES = 3; // moves after a guess until it is judged
const TICK = 500; // milliseconds from one moment to the next, when it plays
const courseModels = {}; // name -> a promise of draw(values) -> {canvas, line, off}, or of nothing where it cannot be had

function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name in made && name !== "list") made[name] = value;
        else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
}

class CoursePanel {
    constructor(root, number) {
        this.root = root;
        this.told = JSON.parse(root.querySelector("script").textContent);
        this.picture = root.querySelector("img");
        this.line = root.querySelector(".course-line");
        this.note = root.querySelector(".course-note");
        this.folder = this.picture.getAttribute("src").replace(/[^/]*$/, "");
        this.prefix = `panel${number}`;
        this.controls = this.told.controls.map((told, place) => this.control(told, place));
        this.at = this.told.controls.map((told) => told.start);
        [this.moved, this.tries] = [new Set(), 0];
        this.drawn = new Set(this.told.shots.map((shot) => shot.slice(0, this.at.length).join()));
        const column = element("div", { className: "course-controls" });
        if (this.told.ask) column.append(this.question());
        for (const control of this.controls) {
            if (control.told.values.length > 1 || control.told.kind === "text") column.append(control.row);
            if (control.told.name === this.told.play) column.append(this.player(control));
        }
        root.querySelector(".course-shown").before(column);
        root.addEventListener("pointerenter", () => this.fetchAll(), { once: true });
        root.addEventListener("focusin", () => this.fetchAll(), { once: true });
        this.told.note = this.note.lastChild.textContent;
        this.shown = this.picture;
        this.present(this.nearestShot());
        this.say();
        root.panel = this; // for whoever wants to move it by script
    }

    // --- the controls

    control(told, place) {
        const id = `${this.prefix}-${told.name}`;
        const label = element("label", { htmlFor: id, textContent: told.label, title: told.tooltip });
        const control = { told, place };
        if (told.kind === "slider") {
            const last = told.values.length - 1;
            control.input = element("input", { type: "range", id, min: 0, max: last, step: 1, title: told.tooltip });
            control.readout = element("input", {
                type: "text", inputMode: "decimal", className: "course-readout",
                "aria-label": `${told.label}, typed`, autocomplete: "off",
            });
            control.input.addEventListener("input", () => this.move(place, Number(control.input.value)));
            control.readout.addEventListener("change", () => this.typed(control));
        } else if (told.kind === "list") {
            const options = told.labels.map((text, value) => element("option", { value, textContent: text || "(nothing)" }));
            control.input = element("select", { id, title: told.tooltip }, ...options);
            control.input.addEventListener("change", () => this.move(place, Number(control.input.value)));
        } else if (told.kind === "check") {
            control.input = element("input", { type: "checkbox", id, title: told.tooltip });
            control.input.addEventListener("change", () => this.move(place, Number(control.input.checked)));
        } else {
            control.input = element("input", { type: "text", id, title: told.tooltip, placeholder: told.tooltip });
            control.input.addEventListener("change", () => {
                told.values = [control.input.value];
                told.labels = [control.input.value];
                this.move(place, 0);
            });
        }
        control.row = element("div", { className: "course-control" }, label, control.input);
        if (control.readout) control.row.append(control.readout);
        this.stand(control, told.start);
        return control;
    }

    /* Let a control show where it stands. */
    stand(control, place) {
        const { told, input, readout } = control;
        if (told.kind === "check") input.checked = Boolean(place);
        else if (told.kind !== "text") input.value = place;
        if (readout) {
            input.setAttribute("aria-valuetext", told.labels[place]);
            readout.value = told.labels[place];
        }
    }

    /* What was typed: the nearest number that the slider has. */
    typed(control) {
        const { told, readout, place } = control;
        const wish = Number(readout.value.trim().replace(",", "."));
        if (readout.value.trim() === "" || Number.isNaN(wish)) {
            this.stand(control, this.at[place]);
            this.say(`${told.label} must be a number from ${told.labels[0]} to ${told.labels.at(-1)}.`);
        } else this.slide(control, wish);
    }

    slide(control, wish) {
        const far = control.told.values.map((value) => Math.abs(value - wish));
        const at = far.indexOf(Math.min(...far));
        if (at !== this.at[control.place]) this.move(control.place, at);
        else this.stand(control, at);
    }

    question() {
        const group = element("fieldset", { className: "course-question" }, element("legend", { textContent: this.told.ask.question }));
        for (const answer of this.told.ask.answers) {
            const radio = element("input", { type: "radio", name: `${this.prefix}-answer`, value: answer });
            radio.addEventListener("change", () => {
                this.guess = answer;
                this.say();
            });
            group.append(element("label", {}, radio, ` ${answer}`));
        }
        return group;
    }

    player(control) {
        const play = element("button", { type: "button", textContent: "Play" });
        const back = element("button", { type: "button", textContent: "To the start" });
        const last = control.told.values.length - 1;
        const halt = () => {
            clearInterval(this.timer);
            this.timer = null;
            play.textContent = "Play";
        };
        const next = () => {
            if (this.at[control.place] >= last) halt();
            else this.move(control.place, this.at[control.place] + 1);
        };
        play.addEventListener("click", () => {
            if (this.timer) return halt();
            if (this.at[control.place] === last) this.move(control.place, 0);
            play.textContent = "Pause";
            this.timer = setInterval(next, TICK);
        });
        back.addEventListener("click", () => {
            halt();
            this.move(control.place, 0);
        });
        return element("div", { className: "course-player" }, play, back);
    }

    // --- what is shown

    /* What was drawn nearest to where the controls stand: with as many controls as can be where they are, those above all
       that were moved, the last one most. */
    nearestShot() {
        const far = (shot) => this.told.controls.reduce((sum, { name, kind, values }, k) => {
            const apart = Math.abs(shot[k] - this.at[k]) / Math.max(1, values.length - 1);
            if (apart === 0) return sum;
            const firm = 10 * Number((this.told.firm ?? []).includes(name));
            const weight = 1 + firm + Number(this.moved.has(k)) + 2 * Number(k === this.last);
            return sum + weight * (kind === "slider" ? 0.25 + apart : 1);
        }, 0);
        return this.told.shots.reduce((best, shot) => (far(shot) < far(best) ? shot : best));
    }

    /* Name what a shot shows; the picture itself is shown by whoever asks. */
    present(shot) {
        const [file, line, off] = shot.slice(this.at.length);
        this.shownAt = shot.slice(0, this.at.length);
        this.told_line = this.told.lines[line];
        this.grey(this.told.offs[off]);
        return this.told.files[file];
    }

    values() {
        return Object.fromEntries(this.told.controls.map((told, k) => [told.name, told.values[this.at[k]]]));
    }

    /* Move a control to one of its values; `done` is kept when its picture has been asked for. */
    move(place, to) {
        this.at[place] = to;
        this.last = place;
        this.moved.add(place);
        this.tries = this.guess ? this.tries + 1 : 0;
        this.stand(this.controls[place], to);
        const turn = (this.turn = (this.turn || 0) + 1);
        this.done = Promise.resolve(this.told.model && courseModels[this.told.model]).then((draw) => {
            if (turn === this.turn) this.draw(draw);
        });
        return this.done;
    }

    /* Show where the controls stand: as it was drawn in Lab, or by a model that runs here. */
    draw(model) {
        const here = model && !(this.told.dice && this.drawn.has(this.at.join()));
        if (here) {
            const { canvas, line, off = [] } = model(this.values());
            this.show(canvas);
            [this.told_line, this.shownAt] = [line, this.at];
            this.grey(off);
        } else this.show(this.present(this.nearestShot()));
        this.note.lastChild.textContent = here ? this.told.alive : this.told.note;
        this.say();
    }

    show(what) {
        const still = typeof what === "string";
        this.canvas ??= element("canvas", { role: "img", className: "course-picture" });
        const [shown, other] = still ? [this.picture, this.canvas] : [this.canvas, this.picture];
        if (other.isConnected) other.replaceWith(shown);
        this.shown = shown;
        if (still) {
            this.picture.src = this.folder + what;
        } else {
            [this.canvas.width, this.canvas.height] = [what.width, what.height];
            this.canvas.getContext("2d").drawImage(what, 0, 0);
        }
    }

    grey(names) {
        for (const { told, input, readout } of this.controls) {
            input.disabled = names.includes(told.name);
            if (readout) readout.disabled = input.disabled;
        }
    }

    /* Where the controls stand, or where they stood for the picture. */
    settings(at = this.at) {
        const all = this.told.controls.map((told, k) => [told.label, told.labels[at[k]]]);
        return all.filter(([, label]) => label !== "").map((both) => both.join(" ")).join(", ");
    }

    said() {
        if (!this.guess) return "";
        const { right } = this.told.ask;
        if (!right || this.tries < TRIES) return `You said: ${this.guess}`;
        return `You said: ${this.guess}. ${this.guess === right ? "So it is." : `It is: ${right}.`}`;
    }

    say(more = "") {
        const shown = this.settings(this.shownAt), line = this.told_line;
        const exact = this.shownAt.join() === this.at.join();
        this.line.textContent = [this.said(), line || shown, more].filter(Boolean).join("\n");
        this.note.firstChild.textContent = exact ? `Shown: ${shown}. ` : `Not drawn; shown is the nearest that was: ${shown}. `;
        this.note.classList.toggle("course-near", !exact);
        const words = [...new Set([shown, line])].filter(Boolean).join(": ");
        this.shown.setAttribute(this.shown === this.canvas ? "aria-label" : "alt", words);
    }

    /* All pictures, before they are asked for; a moment's move then needs no network. */
    fetchAll() {
        if (this.told.model && courseModels[this.told.model]) return;
        this.kept = this.told.files.map((file) => element("img", { decoding: "async", src: this.folder + file }));
    }
}

/* Let a model be drawn here once it is loaded. */
async function bringToLife(panel) {
    const draw = await courseModels[panel.told.model];
    if (!draw) return;
    panel.draw(draw);
    if (panel.told.model === "plane") pointAt(panel);
}

/* The plane of the VAE is moved by pointing at it, too. */
function pointAt(panel) {
    const { canvas } = panel;
    const move = (event) => {
        if (!event.buttons) return;
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const across = (2 * (event.clientX - left)) / width, down = (event.clientY - top) / height;
        if (across > 1) return; // on the digit at the right
        panel.slide(panel.controls[0], 6 * across - 3);
        panel.slide(panel.controls[1], 3 - 6 * down);
    };
    canvas.classList.add("course-pointed");
    canvas.title = "point at a place and draw";
    canvas.addEventListener("pointerdown", move);
    canvas.addEventListener("pointermove", move);
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".course-panel").forEach((root, number) => {
        const panel = new CoursePanel(root, number);
        const wake = () => {
            const { model, base } = panel.told;
            if (!model || !window.loadCourseModel) return;
            courseModels[model] ??= loadCourseModel(model, base).catch(() => null);
            bringToLife(panel);
        };
        if (panel.told.model) new IntersectionObserver((seen, watch) => {
            if (seen.some((entry) => entry.isIntersecting)) {
                watch.disconnect();
                wake();
            }
        }, { rootMargin: "400px" }).observe(root);
    });
});

/* What the theme leaves unnamed or without a heading, and what can only be scrolled with a mouse. */
document.addEventListener("DOMContentLoaded", () => {
    for (const [place, name] of [[".sidebar-drawer", "All pages"], [".toc-drawer", "On this page"]])
        document.querySelector(place)?.setAttribute("aria-label", name);
    const main = document.querySelector("#furo-main-content");
    if (main && !main.querySelector("h1")) main.prepend(element("h1", { textContent: "Search" }));
    for (const head of document.querySelectorAll("th"))
        if (!head.textContent.trim()) head.replaceWith(element("td"));
    document.querySelectorAll("pre, div.math, .table-wrapper").forEach((wide) => (wide.tabIndex = 0));
});

/* Whoever prints wants to read all that is folded. */
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
