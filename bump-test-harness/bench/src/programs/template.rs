//! Renders the pages of a shop by templates, of which one extends another.

use std::hint::black_box;

use minijinja::{Environment, context};
use serde_json::{Value, json};

use crate::random::{Random, word};

const LAYOUT: &str = "<!doctype html><title>{% block title %}{% endblock %}</title>
<nav>{% for entry in menu %}<a href=\"/{{ entry }}\">{{ entry|title }}</a>{% endfor %}</nav>
<main>{% block main %}{% endblock %}</main>";

const PAGE: &str = "{% extends 'layout' %}
{% macro price(item) %}{{ (item.price * item.count)|round(2) }} {{ currency }}{% endmacro %}
{% block title %}{{ user|upper }}: {{ items|length }} items{% endblock %}
{% block main %}
<table>{% for item in items if item.count > 0 %}
<tr class=\"{{ loop.cycle('odd', 'even') }}\"><td>{{ loop.index }}<td>{{ item.name|e }}
<td>{{ item.tags|sort|join(', ') }}<td>{{ price(item) }}</tr>
{% else %}<tr><td>nothing</tr>{% endfor %}</table>
{% set sums = items|map(attribute='price')|list %}
<p>{{ sums|first }} to {{ sums|last }}, {% if items|length > 10 %}many{% else %}few{% endif %}
{% endblock %}";

/// The values that each page is made of.
pub(crate) fn orders() -> Vec<Value> {
    let mut random = Random::new(13);
    let mut order = |_| {
        let items = random.below(25);
        let mut item = |_| {
            let tags: Vec<_> = (0..random.below(5)).map(|n| word(n * 31 + 7)).collect();
            json!({
                "name": format!("<{}> & {}", word(random.rank(3000)), word(random.rank(90))),
                "price": random.below(9000) as f64 / 7.0,
                "count": random.below(4),
                "tags": tags,
            })
        };
        let items: Vec<_> = (0..items).map(&mut item).collect();
        json!({ "user": word(items.len() + 77), "items": items, "currency": "EUR" })
    };
    (0..60).map(&mut order).collect()
}

pub(crate) fn run(orders: &[Value]) {
    let mut engine = Environment::new();
    engine.add_template("layout", LAYOUT).unwrap();
    engine.add_template("page", PAGE).unwrap();
    let menu = ["start", "books", "tools", "about"];
    let mut pages = Vec::new();
    for order in orders {
        let page = engine.get_template("page").unwrap();
        let known = context! { menu, ..minijinja::value::Serde(order) };
        pages.push(page.render(known).unwrap());
    }
    black_box(pages);
}
