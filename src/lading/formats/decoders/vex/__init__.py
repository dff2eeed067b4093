"""VEX: one module for each format; `documents` tells them apart."""
