SELECT t.oid, 0 AS sub, format('%I.%I', n.nspname, t.cfgname) AS identity,
       format('%I.%I', pn.nspname, p.prsname) AS parser,
       (SELECT string_agg(format('%I WITH %s', k.alias, m.dictionaries), E'\n' ORDER BY k.alias)
          FROM (SELECT m.maptokentype,
                       string_agg(format('%I.%I', dn.nspname, di.dictname), ', ' ORDER BY m.mapseqno)
                       AS dictionaries
                  FROM pg_ts_config_map m JOIN pg_ts_dict di ON di.oid = m.mapdict
                  JOIN pg_namespace dn ON dn.oid = di.dictnamespace
                 WHERE m.mapcfg = t.oid GROUP BY m.maptokentype) m
          JOIN ts_token_type(t.cfgparser) k ON k.tokid = m.maptokentype) AS mappings,
       quote_literal(d.description) AS comment,
       quote_ident(nullif(pg_get_userbyid(t.cfgowner), current_user)) AS owner
  FROM pg_ts_config t
  JOIN pg_namespace n ON n.oid = t.cfgnamespace
  JOIN pg_ts_parser p ON p.oid = t.cfgparser
  JOIN pg_namespace pn ON pn.oid = p.prsnamespace
  LEFT JOIN pg_description d ON d.classoid = 3602 AND d.objoid = t.oid
 WHERE t.oid >= 16384
 ORDER BY n.nspname, t.cfgname
