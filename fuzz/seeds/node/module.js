import a, { b as c, default as d } from 'a'; import * as e from "e"; import 'f' with { type: 'json' };
export * from './g'; export { h as i } from 'h'; export default class extends require('j') { static { require('k') } }
export const { l, m: [n, o = 1], ...p } = {}, q = async () => { await import('r') };
const { s } = require(`t`), u = require('v').w; require('x')(exports);
try { require('y') } catch { require('z') } finally { require('aa') }
exports.ab = exports['ac'] = module.exports.ad = 1; module.exports = { ae, af: 1, ag() {}, ...require('ah'), [ai]: 2 };
Object.defineProperty(exports, 'aj', { get: () => /[/]/.test(`${`${1}`}`) }); __exportStar(require('ak'), exports);
(function () { x ? require('al') : y && require('am') })(); this.an = 1; throw new Error();
