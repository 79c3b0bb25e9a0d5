# SPDX-License-Identifier: Apache-2.0
"""The tables of gen/tables, read as machines of their own: which row of its table a step took."""
import csv
import functools
import re

REFUSED = ('unexpected', 'not offered', 'not armed', 'impossible')
OPS = ('send', 'send_each', 'forward')


class Row:
    """One line of a table: one transition."""

    def __init__(self, number, cells, hooks):
        self.number = number
        self.state, self.input, condition, self.next, actions = cells[:5]
        self.condition = condition
        self.conditions = split(condition, '; ')
        self.refused = actions in REFUSED
        self.word = actions if self.refused else ''
        plain = actions in REFUSED or actions == 'dropped'
        self.actions = [] if plain else [action(text) for text in split(actions, '; ')]
        self.hooks = [text.split('(')[0] for text in self.conditions if is_hook(text, hooks)]

    def name(self):
        text = f'{self.state}, {self.input}'
        return text + (f', {self.condition}' if self.condition else '')


def split(text, between):
    """At the top level of brackets only."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char == '(') - (char == ')')
        if depth == 0 and text.startswith(between, i):
            parts.append(text[start:i])
            start = i + len(between)
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def action(text):
    """('set', variable, expression), ('arm', timer), (send, link, kind, several), (effect, name)"""
    call = re.match(r'^(\w+)\((.*)\)$', text)
    if call is None:
        variable, value = text.split(' = ', 1)
        return ('set', variable, value)
    word, arguments = call.group(1), split(call.group(2), ',')
    if word in ('ARM', 'DISARM'):
        return (word.lower(), arguments[0])
    if word in OPS:
        link = arguments[0].split('[')[0]
        index = arguments[0][len(link):].strip('[]')
        own = index == '' or re.search(r'\bme\b', index) is not None
        return (word, link, arguments[1], not own)
    return ('effect', word)


def is_hook(text, hooks):
    return text.split('(')[0] in hooks and text.endswith(')')


@functools.lru_cache(maxsize=None)
def expression(text):
    text = re.sub(r'\bin\.', 'in_', text)
    text = text.replace('&&', ' and ').replace('||', ' or ')
    text = re.sub(r'!(?!=)', ' not ', text)
    text = text.replace('true', '1').replace('false', '0')
    return compile(text.strip(), text, 'eval')


class Names(dict):
    """What nobody set is 0; a word in capitals is itself."""

    def __missing__(self, key):
        return key if key.upper() == key else 0


def value(text, names):
    return int_of(eval(expression(text), {'__builtins__': {}}, names))  # our own tables


def int_of(found):
    return int(found) if isinstance(found, bool) else found


class Table:
    def __init__(self, path, hooks):
        self.hooks = hooks
        with open(path, encoding='utf-8') as lines:
            reader = csv.reader(lines, delimiter='\t', quoting=csv.QUOTE_NONE)
            next(reader)
            self.rows = [Row(i + 1, cells, hooks) for i, cells in enumerate(reader)]
        self.by = {}
        for row in self.rows:
            self.by.setdefault((row.state, row.input), []).append(row)
        self.states = list(dict.fromkeys(row.state for row in self.rows))

    def siblings(self, row, at):
        """The other guards of the if that this condition belongs to."""
        found = []
        for other in self.by[(row.state, row.input)]:
            if other.conditions[:at] == row.conditions[:at] and len(other.conditions) > at:
                guard = other.conditions[at]
                if guard != 'else' and not is_hook(guard, self.hooks):
                    found.append(guard)
        return found

    def fits(self, row, names, answers, done, after, c=0, a=0):
        """Whether the row, some conditions before and some behind each action, gives what was seen.
        done: the actions seen, without assignments; after: the row's variables at the end."""
        names = Names(names)
        if c == len(row.conditions) and a == len(row.actions):
            keys = set(after) | {k for k in names if k.islower() and not k.startswith('in_')}
            keys -= {'answer', 'chosen', 'highest', 'peer'}
            return not done and not answers and all(names[k] == after.get(k, 0) for k in keys)
        if c < len(row.conditions):
            text = row.conditions[c]
            if is_hook(text, self.hooks):
                hook, register = text[:-1].split('(')
                if answers and answers[0][0] == hook:
                    more = Names(names)
                    more[register] = answers[0][1]
                    if self.fits(row, more, answers[1:], done, after, c + 1, a):
                        return True
            else:
                holds = not any(value(g, names) for g in self.siblings(row, c)) \
                    if text == 'else' else value(text, names)
                if holds and self.fits(row, names, answers, done, after, c + 1, a):
                    return True
        if a < len(row.actions):
            what = row.actions[a]
            if what[0] == 'set':
                names[what[1]] = value(what[2], names)
                return self.fits(row, names, answers, done, after, c, a + 1)
            if done and done[0] == what[:3 if what[0] in OPS else 2]:
                if what[0] in ('arm', 'disarm'):
                    names[what[1]] = int(what[0] == 'arm')
                return self.fits(row, names, answers, done[1:], after, c, a + 1)
        return False

    def row_of(self, state, put, names, answers, done, next_state, after):
        fitting = [row for row in self.by[(state, put)]
                   if not row.refused and row.next == next_state
                   and self.fits(row, names, answers, done, after)]
        return fitting

    def impossible(self, row, names):
        """Whether this row's conditions hold, without an answer."""
        for at, text in enumerate(row.conditions):
            if is_hook(text, self.hooks):
                return False
            holds = not any(value(g, names) for g in self.siblings(row, at)) \
                if text == 'else' else value(text, names)
            if not holds:
                return False
        return True

    def may_fit(self, row, names, answers):
        """Whether each condition holds before all actions or behind all of them: worth a try."""
        first = Names(names)
        for text, (_, found) in zip([c for c in row.conditions if is_hook(c, self.hooks)], answers):
            first[text[:-1].split('(')[1]] = found
        last = Names(first)
        for what in row.actions:
            if what[0] == 'set':
                last[what[1]] = value(what[2], last)
        for at, text in enumerate(row.conditions):
            if is_hook(text, self.hooks):
                continue
            guards = self.siblings(row, at) if text == 'else' else [text]
            for now in (first, last):
                holds = [bool(value(g, now)) for g in guards]
                if (not any(holds)) if text == 'else' else holds[0]:
                    break
            else:
                return False
        return True
