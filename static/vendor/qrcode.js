// A QR code as a grid of dark and light.
export { default as qrcode } from "qrcode-generator";
