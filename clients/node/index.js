export { connect } from "./lib/connect.js";
