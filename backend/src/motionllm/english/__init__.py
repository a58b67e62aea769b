"""The only place that knows English: words, inflection, phrases, left and right in words."""
