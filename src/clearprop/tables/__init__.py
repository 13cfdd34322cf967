"""Models of raw tables: the recipe from a data set to a trained network, and the model it makes."""
