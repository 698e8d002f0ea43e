//! The model of iPXE scripts against the scripts that this project makes.

mod images;
