//! Parses SQL, tells which tables each statement names, and prints it again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;

use sqlparser::ast::{SetExpr, Statement, TableFactor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use crate::random::{Random, word};

/// Statements as an application sends them.
pub(crate) fn script() -> String {
    let mut random = Random::new(12);
    let mut script = String::new();
    for n in 0..250 {
        let (table, other) = (word(random.below(40)), word(random.below(40) + 40));
        let column = word(random.below(200));
        let _ = match n % 5 {
            0 => writeln!(
                script,
                "CREATE TABLE {table} (id BIGINT PRIMARY KEY, {column} VARCHAR(80) NOT NULL, \
                 price DECIMAL(10, 2) DEFAULT 0, made TIMESTAMP, \
                 FOREIGN KEY (id) REFERENCES {other} (id));"
            ),
            1 => writeln!(
                script,
                "INSERT INTO {table} (id, {column}, price) VALUES ({n}, 'a ''{column}''', 1.5), \
                 ({n} + 1, NULL, -2), ({n} + 2, UPPER('{column}'), 3 * (4 + {n}));"
            ),
            2 => writeln!(
                script,
                "UPDATE {table} SET {column} = CASE WHEN price > {n} THEN 'dear' WHEN price IS \
                 NULL THEN 'none' ELSE 'cheap' END WHERE id IN (SELECT id FROM {other} WHERE \
                 made < '2026-01-01') AND NOT {column} LIKE '%x%';"
            ),
            3 => writeln!(
                script,
                "DELETE FROM {table} WHERE id BETWEEN {n} AND {};",
                n * 9
            ),
            _ => writeln!(
                script,
                "WITH recent AS (SELECT * FROM {other} WHERE made > '2026-01-01') SELECT a.id, \
                 b.{column} AS name, COUNT(*) FILTER (WHERE a.price > 10), SUM(a.price * \
                 (1 + {n})) OVER (PARTITION BY b.{column} ORDER BY a.id DESC) FROM {table} AS a \
                 LEFT JOIN recent AS b ON a.id = b.id AND b.price <> a.price WHERE (a.price > 3 \
                 OR a.{column} IS NOT NULL) AND EXISTS (SELECT 1 FROM {other} WHERE id = a.id) \
                 GROUP BY a.id, b.{column} HAVING COUNT(*) > 1 ORDER BY name ASC LIMIT 10;"
            ),
        };
    }
    script
}

pub(crate) fn run(script: &str) {
    let statements = Parser::parse_sql(&GenericDialect {}, script).unwrap();
    let mut users: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut printed = Vec::new();
    for (n, statement) in statements.iter().enumerate() {
        if let Statement::Query(query) = statement
            && let SetExpr::Select(select) = &*query.body
        {
            for table in &select.from {
                let joined = table.joins.iter().map(|join| &join.relation);
                for factor in joined.chain([&table.relation]) {
                    if let TableFactor::Table { name, .. } = factor {
                        users.entry(name.to_string()).or_default().push(n);
                    }
                }
            }
        }
        printed.push(statement.to_string());
    }
    black_box((statements, users, printed));
}
