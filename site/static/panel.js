/* Panels without a kernel: controls beside a picture, which was drawn beforehand or is drawn here.

   An element of class "course-panel" holds JSON with its controls and, for each setting of theirs, a picture, a line
   and the controls that are greyed. A panel with `model` asks `courseModels[model]` instead, as soon as that is loaded,
   and then every value of a control can be had. */

"use strict";

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
        const [, line, off] = this.shot() ?? this.told.shots[0];
        this.told_line = this.told.lines[line];
        this.grey(this.told.offs[off]);
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

    /* What was typed: the nearest number that there is, which is then named. */
    typed(control) {
        const { told, readout, place } = control;
        const wish = Number(readout.value.trim().replace(",", "."));
        if (readout.value.trim() === "" || Number.isNaN(wish)) {
            this.stand(control, this.at[place]);
            this.say(`${told.label} must be a number from ${told.labels[0]} to ${told.labels.at(-1)}.`);
            return;
        }
        const nearest = this.nearest(control, wish);
        this.more = nearest === wish ? "" : `You asked for ${told.label} ${wish}: ${told.labels[this.at[place]]} is the nearest there is.`;
        this.say(this.more);
    }

    /* Move a slider to the nearest value, and return it. */
    nearest({ told, place }, wish) {
        const far = told.values.map((value) => Math.abs(value - wish));
        const at = far.indexOf(Math.min(...far));
        if (at !== this.at[place]) this.move(place, at);
        else this.stand(this.controls[place], at);
        return told.values[at];
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

    /* [picture, line, greyed controls] of where the controls stand; nothing where that was not drawn. */
    shot() {
        const place = this.told.controls.reduce((sum, { values, drawn = values }, k) => {
            const at = drawn.indexOf(values[this.at[k]]);
            return at < 0 ? NaN : sum * drawn.length + at;
        }, 0);
        return this.told.shots[place];
    }

    values() {
        return Object.fromEntries(this.told.controls.map((told, k) => [told.name, told.values[this.at[k]]]));
    }

    async move(place, to) {
        this.at[place] = to;
        this.stand(this.controls[place], to);
        const turn = (this.turn = (this.turn || 0) + 1);
        this.more = "";
        const draw = this.told.model && (await courseModels[this.told.model]);
        if (turn === this.turn) this.draw(draw);
    }

    /* Show where the controls stand: as it was drawn in Lab, or by a model that runs here. */
    draw(model) {
        const shot = this.shot(), here = model && !(shot && this.told.dice);
        if (here) {
            const { canvas, line, off = [] } = model(this.values());
            this.show(canvas);
            this.told_line = line;
            this.grey(off);
        } else {
            const [file, line, off] = shot ?? this.told.shots[0];
            this.show(this.told.files[file]);
            this.told_line = this.told.lines[line];
            this.grey(this.told.offs[off]);
        }
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

    settings() {
        const all = this.told.controls.map((told, k) => [told.label, told.labels[this.at[k]]]);
        return all.filter(([, label]) => label !== "").map((both) => both.join(" ")).join(", ");
    }

    say(more = this.more) {
        const line = this.told_line;
        this.line.textContent = [this.guess && `You said: ${this.guess}`, line || this.settings(), more].filter(Boolean).join("\n");
        this.note.querySelector("span").textContent = `Shown: ${this.settings()}. `;
        const words = [...new Set([this.settings(), line])].filter(Boolean).join(": ");
        this.shown.setAttribute(this.shown === this.canvas ? "aria-label" : "alt", words);
    }

    /* All pictures, before they are asked for; a moment's move then needs no network. */
    fetchAll() {
        if (this.told.model && courseModels[this.told.model]) return;
        this.kept = this.told.files.map((file) => element("img", { decoding: "async", src: this.folder + file }));
    }
}

/* Let a model be drawn here once it is loaded: its sliders then have all their values. */
async function bringToLife(panel) {
    const draw = await courseModels[panel.told.model];
    if (!draw) return;
    for (const control of panel.controls) {
        const { told } = control;
        if (!told.every) continue;
        const value = told.values[panel.at[control.place]];
        told.drawn = told.values;
        [told.values, told.labels] = [told.every.values, told.every.labels];
        panel.at[control.place] = told.values.indexOf(value);
        control.input.max = told.values.length - 1;
        panel.stand(control, panel.at[control.place]);
    }
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
        panel.nearest(panel.controls[0], 6 * across - 3);
        panel.nearest(panel.controls[1], 3 - 6 * down);
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
    document.querySelectorAll("pre, div.math, .table-wrapper").forEach((wide) => (wide.tabIndex = 0));
});

/* Whoever prints wants to read all that is folded. */
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
