"""What PostgreSQL's catalogues say about a schema, with the schema's own name taken out."""

from django.db import connection

HERE = "<schema>"
QUERIES = {
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, a.attgenerated, a.attstorage, a.attcompression, a.attcollation,
               pg_get_expr(d.adbin, d.adrelid)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = %s AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "relations": """
        SELECT c.relname, c.relkind::text, c.relpersistence::text, c.relreplident::text,
               c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl::text,
               obj_description(c.oid, 'pg_class')
          FROM pg_class c WHERE c.relnamespace = %s AND c.relkind <> 't'""",
    "constraints": """
        SELECT c.relname, k.conname, k.contype::text, k.convalidated, k.condeferrable,
               k.condeferred, pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.connamespace = %s""",
    "indexes": """
        SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace = %s AND c.relkind = 'r'""",
    "triggers": """
        SELECT c.relname, t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid),
               obj_description(t.oid, 'pg_trigger')
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = %s AND NOT t.tgisinternal""",
    "functions": """
        SELECT p.proname, pg_get_functiondef(p.oid), p.proacl::text
          FROM pg_proc p WHERE p.pronamespace = %s""",
    "sequences": """
        SELECT s.relname, q.seqtypid::regtype::text, q.seqstart, q.seqincrement, q.seqmax, q.seqmin,
               q.seqcycle, d.deptype::text, o.relname, a.attname
          FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid
          JOIN pg_depend d ON d.objid = s.oid AND d.refobjsubid > 0
          JOIN pg_class o ON o.oid = d.refobjid
          JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = d.refobjsubid
         WHERE s.relnamespace = %s""",
}


def rows(sql, arguments=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def value(sql, arguments=None):
    return rows(sql, arguments)[0][0]


def schemas():
    return {row[0] for row in rows("SELECT nspname FROM pg_namespace")}


def catalogue_of(schema):
    """Return one set of facts a kind of object."""
    namespace = value("SELECT oid FROM pg_namespace WHERE nspname = %s", [schema])
    return {
        kind: {
            tuple(
                fact.replace(f"{schema}.", f"{HERE}.") if isinstance(fact, str) else fact
                for fact in (*row,)
                if not isinstance(fact, list)
            )
            for row in rows(query, [namespace])
        }
        for kind, query in QUERIES.items()
    }


def foreign_keys_into_shared():
    """Return the constraints of clinics' tables that refer to a table of the shared schema."""
    return rows(
        """SELECT n.nspname, c.relname, k.conname FROM pg_constraint k
             JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_class f ON f.oid = k.confrelid
            WHERE f.relnamespace = 'public'::regnamespace
              AND c.relnamespace <> 'public'::regnamespace"""
    )


def triggers_on_shared():
    """Return how many triggers each shared table carries, those of constraints included."""
    return dict(
        rows(
            """SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                WHERE c.relnamespace = 'public'::regnamespace GROUP BY 1"""
        )
    )
